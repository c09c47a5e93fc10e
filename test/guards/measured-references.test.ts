import { referenceSubjects } from './measured/references.ts';
import { verifySubjects } from './measured/verify.ts';

verifySubjects(referenceSubjects);
