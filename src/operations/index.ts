export { downGoal, upGoal } from './goals.ts';
export { checkAll, readStatus } from './status.ts';
export { readHistory } from './history.ts';
export { readPlan } from './plan.ts';
export { baseline } from './baseline.ts';
export { readRepairs, repair } from './repair.ts';
export { reset } from './reset.ts';
export { tryMigration } from './trial.ts';
