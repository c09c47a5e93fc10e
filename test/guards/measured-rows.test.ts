import { rowSubjects } from './measured/rows.ts';
import { verifySubjects } from './measured/verify.ts';

verifySubjects(rowSubjects);
