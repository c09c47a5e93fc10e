export type { RebuildCheck, RebuildHost } from './attempt.ts';
export { collectChanges } from './changes.ts';
export { fittingSearches, searchesOf, staleSearches, type SearchTable } from './search.ts';
export { rebuildTable } from './rebuild-table.ts';
export { rebuildScript } from './script.ts';
export {
  changedExamples,
  compareRows,
  countStranded,
  exampleText,
  lostExamples,
  strandedExamples,
  rowText,
  short,
  valueExamples,
  type ColumnPair,
  type ComparedColumn,
  type Comparison,
  type CopyPath,
  type Example,
} from './comparison.ts';
