export { isRefusal, type RebuildCheck, type RebuildHost } from './rebuild-host.ts';
export { collectChanges } from './changes.ts';
export { tablesInSync, externalContentTables, tablesOutOfSync, type ExternalContentTable } from './external-content.ts';
export { insertWithout } from './computed-columns.ts';
export { keepClauses, sharedGenerated } from './kept-clauses.ts';
export { missingIndexClauses } from './kept-index.ts';
export { rebuildTable } from './rebuild-table.ts';
export { rebuildScript, renameStatement, sequenceStatement } from './script.ts';
export { createStatement, unusedName } from './new-table.ts';
export { readRebuildTarget } from './rebuild-target.ts';
export { copyStatement, planCopy } from './row-copy.ts';
export type { ColumnSource } from './edit-table.ts';
export { readStatistics, restoreStatistics, type Statistics } from './table-metadata.ts';
export { compareCopies, countMissing, type CopyComparison } from './compare-copies.ts';
export {
  changedExamples,
  compareRows,
  countStranded,
  exampleText,
  lostExamples,
  strandedExamples,
  token as comparableValue,
  rowText,
  short,
  valueExamples,
  type ColumnPair,
  type ComparedColumn,
  type Comparison,
  type ComparedTable,
  type Example,
} from './comparison.ts';
