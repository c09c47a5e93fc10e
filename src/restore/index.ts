export { prepareReplacement, replaceDatabase, type ProcessesToCheck } from './replace.ts';
export { recover, restore } from './restore.ts';
export { readReplacementPlan, readRestorePlan, type RestorePlan } from './restore-plan.ts';
export type { RestoreRequest, RestoreResult } from './restored-copy.ts';
