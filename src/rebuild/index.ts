export type { RebuildHost } from './attempt.ts';
export { collectChanges } from './changes.ts';
export { rebuildTable } from './rebuild-table.ts';
export { rebuildScript } from './script.ts';
