import { leftOutSubjects } from './measured/left-out.ts';
import { verifySubjects } from './measured/verify.ts';

verifySubjects(leftOutSubjects);
