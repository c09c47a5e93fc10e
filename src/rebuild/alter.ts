import { script, type Op } from '../bridge/index.ts';
import { inMain, quote, quoteIfNeeded } from '../sql/index.ts';
import type { TableChange } from './changes.ts';
import { isRefusal, type RebuildHost } from './rebuild-host.ts';

const savepoint = 'dunlin_alter';

/**
 * Makes the changes with plain ALTER TABLE if this SQLite can make all of them. That depends on its version and on the
 * rows, so tries it. Returns false if nothing was changed.
 */
export function* alterInPlace(table: string, changes: readonly TableChange[], host: RebuildHost): Op<boolean> {
  const statements = changes.map((change) => alterStatement(table, change));
  if (statements.includes(undefined)) return false;
  yield* script(`SAVEPOINT ${savepoint}`);
  try {
    for (const statement of statements) yield* host.run(statement!);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    yield* script(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
    return false;
  }
  yield* script(`RELEASE ${savepoint}`);
  return true;
}

/** The equivalent ALTER TABLE; undefined if there is none. */
function alterStatement(table: string, change: TableChange): string | undefined {
  const alter = `ALTER TABLE ${inMain(table)}`;
  switch (change.kind) {
    case 'add-column':
      return change.value === undefined
        ? `${alter} ADD COLUMN ${quoteIfNeeded(change.column)} ${change.definition}`
        : undefined;
    case 'drop-column':
      return `${alter} DROP COLUMN ${quote(change.column)}`;
    case 'change-column': {
      const { notNull, ...others } = change.change;
      const only = notNull !== undefined && change.value === undefined && Object.keys(others).length === 0;
      return only ? `${alter} ALTER COLUMN ${quote(change.column)} ${notNull ? 'SET' : 'DROP'} NOT NULL` : undefined;
    }
    case 'add-constraint':
      return change.check ? `${alter} ADD ${change.sql}` : undefined;
    case 'drop-constraint':
      // SQLite 3.53.0 does not find a name with needless quotes.
      return 'name' in change.which ? `${alter} DROP CONSTRAINT ${quoteIfNeeded(change.which.name)}` : undefined;
    default:
      return undefined;
  }
}
