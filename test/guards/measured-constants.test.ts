import { constantSubjects } from './measured/constants.ts';
import { verifySubjects } from './measured/verify.ts';

verifySubjects(constantSubjects);
