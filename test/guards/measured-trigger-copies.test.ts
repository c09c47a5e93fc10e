import { triggerCopySubjects } from './measured/trigger-copies.ts';
import { verifySubjects } from './measured/verify.ts';

verifySubjects(triggerCopySubjects);
