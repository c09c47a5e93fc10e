import { columnSubjects } from './measured/columns.ts';
import { verifySubjects } from './measured/verify.ts';

verifySubjects(columnSubjects);
