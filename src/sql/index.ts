export { batchable, type Batchable } from './batchable.ts';
export { canonical } from './canonical.ts';
export { indexClauses, triggerClauses } from './clauses.ts';
export { classify } from './classify.ts';
export { isKeyword, isName } from './keyword.ts';
export { literal } from './literal.ts';
export { parseAddedColumn } from './ddl/added-column.ts';
export { parseTable } from './ddl/table.ts';
export { textOf } from './ddl/span.ts';
export type { ColumnText, ConstraintText, NameSpan, Span, TableText } from './ddl/types.ts';
export { inMain, isPlainName, nameKey, quote, sameName, unquote } from './names.ts';
export { normalize } from './normalize.ts';
export { mentions } from './reads.ts';
export { setColumns } from './set-columns.ts';
export { sources } from './sources.ts';
export { namesIn } from './names-in.ts';
export { countOfEach, unionOf } from './compounds.ts';
export {
  closeOf,
  countOfDelete,
  innerSelects,
  parseRowCopy,
  splitCompound,
  updateParts,
  type RowCopy,
  type Select,
} from './select.ts';
export { splitStatements } from './split.ts';
export { tidy } from './trim-statement.ts';
export { firstIllegal, tokenize } from './tokenize.ts';
export { insertTrigger } from './trigger.ts';
export type {
  AlterChange,
  Conflict,
  ObjectName,
  Position,
  SqlStatement,
  ParsedStatement,
  Token,
  TokenKind,
} from './types.ts';
