export { sameChecksum } from './checksum.ts';
export { hasDuplicates, commonPart, withHolders, type VersionHolder } from './duplicates.ts';
export { definitionKeys, defineMigration, isUnfilledCode } from './definition.ts';
export { formatVersion, maxVersion, parseFileName, slug, type FileName } from './file-name.ts';
export type {
  FormatFile,
  FormatInfo,
  FormatMigration,
  FormatName,
  FormatPart,
  RemovedParts,
  TableClause,
} from './format.ts';
export { moduleTokens } from './module-text.ts';
export { joinProblems, problemsOf } from './problems.ts';
export { createRegistry, readText } from './registry.ts';
export {
  isRepeatable,
  madeKey,
  objectsMadeBy,
  parseRepeatableName,
  repeatableFolder,
  repeatableVersion,
  type MadeObject,
} from './repeatable.ts';
export { type Origin, commentsIn, positionAt } from './script.ts';
export { downMarker, hasOwnMarker, upMarker } from './sections.ts';
export { isAsCreated, parseSql, SqlFile, unfilledLine } from './sql-migration.ts';
export { readSeeds } from './seeds.ts';
export {
  isSquash,
  isSquashed,
  migrationAt,
  replacedBy,
  squashAt,
  squashHead,
  startOf,
  wholeHistory,
} from './squash.ts';
export type {
  AsyncMigrationDatabase,
  BatchInfo,
  BatchOptions,
  BatchResult,
  Bindable,
  CodeMigration,
  Directives,
  Rebuilds,
  Header,
  Identity,
  IgnoredFile,
  Migration,
  MigrationDatabase,
  MigrationDefinition,
  MigrationSource,
  Registry,
  ReplacedMigration,
  Section,
  SourceContents,
  SourceEntry,
  SqlContent,
  SqlMigration,
  SquashLines,
  VerificationQuery,
} from './types.ts';
export type {
  ColumnChange,
  ForeignKeyAction,
  ForeignKeyOptions,
  RebuildResult,
  TableChanges,
} from './table-changes.ts';
