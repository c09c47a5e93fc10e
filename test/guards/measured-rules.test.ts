import { ruleSubjects } from './measured/rules.ts';
import { verifySubjects } from './measured/verify.ts';

verifySubjects(ruleSubjects);
