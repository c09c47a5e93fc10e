export { batchable, type Batchable } from './batchable.ts';
export { canonical } from './canonical.ts';
export { indexClauses, triggerClauses } from './clauses.ts';
export { classify } from './classify.ts';
export { isKeyword, isName, isOperator } from './reader.ts';
export {
  literal,
  inMain,
  isPlainName,
  nameKey,
  quote,
  quoteIfNeeded,
  sameName,
  unquote,
  type NameKey,
} from './names.ts';
export { constraintsOf, parseAddedColumn, parseTable } from './ddl/table.ts';
export {
  textOf,
  type ColumnText,
  type ConstraintText,
  type NameSpan,
  type OwnedConstraint,
  type Span,
  type TableText,
} from './ddl/types.ts';
export { nameForm, tokensForm, withoutOuter } from './expression-form.ts';
export { normalize } from './normalize.ts';
export { mentions, setColumns } from './mentions.ts';
export { tablesRead } from './tables-read.ts';
export { namesIn } from './names-in.ts';
export { countOfEach, unionOf } from './compounds.ts';
export {
  assignmentsOf,
  closingParenthesis,
  countOfDelete,
  innerSelects,
  parseRowCopy,
  splitByComma,
  splitCompound,
  depthZero,
  isUpsert,
  updateParts,
  type RowCopy,
  type Select,
} from './select.ts';
export { freeTokens, isLong, knownForm, splitStatements, tokensByStatement } from './split.ts';
export { asOneLine, toOneLine } from './one-line.ts';
export { codeTokens, firstIllegal, hasOddToken, tokenize } from './tokenize.ts';
export { triggerBody, valuesAsSelects } from './trigger.ts';
export { valueForm } from './value-form.ts';
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
