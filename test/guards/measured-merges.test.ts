import { mergeSubjects } from './measured/merges.ts';
import { verifySubjects } from './measured/verify.ts';

verifySubjects(mergeSubjects);
