export { generateMigration } from './generate.ts';
export { proveMigration, proveOnCopy } from './prove.ts';
export { declareLosses, fillPlaceholders, placeholder, shownName } from './placeholders.ts';
export type { GeneratedMigration, GenerateRequest, Named, Placeholder, Rename, Undecided } from './types.ts';
