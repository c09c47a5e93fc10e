export { textOf } from './span.ts';
export { parseTable } from './table.ts';
export type { ColumnText, ConstraintText, NameSpan, ReferenceText, Span, TableOptionText, TableText } from './types.ts';
