import { keptCopySubjects } from './measured/kept-copies.ts';
import { verifySubjects } from './measured/verify.ts';

verifySubjects(keptCopySubjects);
