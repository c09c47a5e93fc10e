import { deleteSubjects } from './measured/deletes.ts';
import { verifySubjects } from './measured/verify.ts';

verifySubjects(deleteSubjects);
