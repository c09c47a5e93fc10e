import { movedValueSubjects } from './measured/moved-values.ts';
import { verifySubjects } from './measured/verify.ts';

verifySubjects(movedValueSubjects);
