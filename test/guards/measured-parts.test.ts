import { partSubjects } from './measured/parts.ts';
import { verifySubjects } from './measured/verify.ts';

verifySubjects(partSubjects);
