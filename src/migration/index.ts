export { sameChecksum } from './checksum.ts';
export { hasDuplicates, partInCommon, withHolders, type VersionHolder } from './duplicates.ts';
export { defineMigration } from './definition.ts';
export { parseFileName, type FileName } from './file-name.ts';
export { downMarker, upMarker } from './markers.ts';
export type { Origin } from './position.ts';
export { joinProblems, problemsOf } from './problems.ts';
export { createRegistry } from './registry.ts';
export { slug } from './slug.ts';
export { parseSql } from './sql-content.ts';
export type {
  AsyncMigrationDatabase,
  BatchInfo,
  BatchOptions,
  BatchResult,
  Bindable,
  CodeMigration,
  Directives,
  Header,
  IgnoredFile,
  Migration,
  MigrationDatabase,
  MigrationDefinition,
  MigrationSource,
  Registry,
  Section,
  SourceContents,
  SourceEntry,
  SqlContent,
  SqlMigration,
  VerificationQuery,
} from './types.ts';
export { doesNothing, isUnfilled } from './unfilled.ts';
export { formatVersion, maxVersion } from './version.ts';
export type {
  ColumnChange,
  ForeignKeyAction,
  ForeignKeyOptions,
  RebuildResult,
  TableChanges,
} from './table-changes.ts';
