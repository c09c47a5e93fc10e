export { prepareReplacement } from './replace.ts';
export { replaceDatabase } from './replace.ts';
export { recover, type Recovery } from './restore.ts';
export { restore } from './restore.ts';
export { readReplacementPlan, readRestorePlan, type RestorePlan } from './restore-plan.ts';
export type { RestoreRequest, RestoreResult } from './restored-copy.ts';
