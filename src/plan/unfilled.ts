import { dunlinError, type DunlinError } from '../errors/index.ts';
import { doesNothing, isUnfilled, type Migration, type MigrationDefinition } from '../migration/index.ts';
import { readable } from './readable.ts';

/** EMPTY_MIGRATION for a template that nobody has filled in. `definition` is that of a migration in code. */
export function unfilledProblems(
  migration: Migration,
  definition: MigrationDefinition | undefined,
): readonly DunlinError[] {
  const code = migration.kind === 'code';
  const isEmpty =
    migration.kind === 'code'
      ? definition !== undefined && doesNothing(definition.up)
      : readable(() => migration.content.up.statements.length === 0 && isUnfilled(migration.content.up.text)) === true;
  return isEmpty ? [dunlinError('EMPTY_MIGRATION', { file: migration.file, code }, { migration })] : [];
}
