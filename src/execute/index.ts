export type { RunContext } from './context.ts';
export type { Look } from './look.ts';
export { look, prepare, prepareMove, throwProblems } from './look.ts';
export { migrationRow } from './ledger-row.ts';
export { run } from './run.ts';
export { retryBusy } from './wait.ts';
export { transaction } from './transaction.ts';
export { withSettings } from './settings.ts';
export { toDunlinError } from './statement-error.ts';
