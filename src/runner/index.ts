export { MigrationRunner } from './runner.ts';
export { checkRunOptions, sharedChecks } from './options.ts';
export { emptyRegistry, Session, type RehearsalDatabase, type RehearsalPlace, type RunnerParts } from './session.ts';
