import { subjectsWithoutRows } from './measured/without-rows.ts';
import { verifySubjects } from './measured/verify.ts';

verifySubjects(subjectsWithoutRows);
