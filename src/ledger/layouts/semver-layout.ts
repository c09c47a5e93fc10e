import { query, queryOne, type Op } from '../../bridge/index.ts';
import { dunlinError, type DunlinError } from '../../errors/index.ts';
import { literal } from '../../sql/index.ts';
import { readFromLabel } from '../attempts.ts';
import { compareSemver, isSemver } from '../semantic-version.ts';
import { insertion, loadTime, type Layout } from './layout.ts';
import { standard } from './standard.ts';
import { readColumns } from '../../schema/index.ts';

/**
 * The standard table plus a one-row table `schema_version`, which is kept up to date for applications that read "1.1.0"
 * from it. On Dunlin's first run, the version in it counts as applied; later it must match.
 */
export const semver: Layout = {
  ...standard,
  name: 'semver',
  *dump(table: string): Op<readonly string[]> {
    return [...(yield* standard.dump(table)), ...(yield* dumpSchemaVersion())];
  },
};

/** The content of `schema_version`; neither property if there is no such table. */
export interface SchemaVersion {
  readonly version?: string;
  readonly problem?: DunlinError;
}

/** The table's text in `sqlite_schema`. A table with another text is not Dunlin's. */
const createTable = `CREATE TABLE schema_version (version TEXT NOT NULL, updated_at TEXT NOT NULL)`;

/** Reads the semantic version, or the problem with `schema_version`. */
export function* readSchemaVersion(database: string): Op<SchemaVersion> {
  const columns = yield* readColumns('schema_version');
  if (columns.length === 0) return {};
  const damaged = (fact: string): SchemaVersion => ({
    problem: dunlinError('SCHEMA_VERSION_DAMAGED', { database, fact }),
  });
  if (!columns.some((column) => column.name.toLowerCase() === 'version')) return damaged('has no column "version"');
  const rows = yield* query(`SELECT version FROM main.schema_version LIMIT 3`);
  if (rows.length === 0) return damaged('has no row');
  if (rows.length > 1) return damaged('has more than one row');
  const version = rows[0]?.['version'];
  if (typeof version !== 'string' || !isSemver(version))
    return damaged(`says ${JSON.stringify(String(version))}, which is not a semantic version`);
  return { version };
}

/** Sets `schema_version` to `label`, unless it is equal. Creates a missing table. */
export function* writeSchemaVersion(label: string, now: string): Op<void> {
  const columns = yield* readColumns('schema_version');
  if (columns.length === 0) {
    // SQLite removes the schema's name from the stored text.
    yield* query(createTable.replace('schema_version', 'main.schema_version'));
    yield* query(`INSERT INTO main.schema_version (version, updated_at) VALUES (?, ?)`, [label, now]);
    return;
  }
  const row = yield* queryOne(`SELECT version FROM main.schema_version`);
  const present = row?.['version'];
  const dated = columns.some((column) => column.name.toLowerCase() === 'updated_at');
  // A migration may create the table without filling it; the next read would refuse a table without a row.
  if (row === undefined) {
    if (dated) yield* query(`INSERT INTO main.schema_version (version, updated_at) VALUES (?, ?)`, [label, now]);
    else yield* query(`INSERT INTO main.schema_version (version) VALUES (?)`, [label]);
    return;
  }
  if (typeof present === 'string' && isSemver(present) && compareSemver(present, label) === 0) return;
  if (dated) yield* query(`UPDATE main.schema_version SET version = ?, updated_at = ?`, [label, now]);
  else yield* query(`UPDATE main.schema_version SET version = ?`, [label]);
}

/** The statement that sets `schema_version` in another database. */
function* dumpSchemaVersion(): Op<readonly string[]> {
  const columns = yield* readColumns('schema_version');
  const { version } = yield* readSchemaVersion('');
  if (version === undefined) return [];
  const dated = columns.some((column) => column.name.toLowerCase() === 'updated_at');
  return [insertion('schema_version', { version: literal(version), ...(dated ? { updated_at: loadTime } : {}) })];
}

/** The version in `schema_version` if it is not the newest recorded label: a migration without a label has set it. */
export function* ownSchemaVersion(recorded: string | undefined): Op<string | undefined> {
  if (recorded === undefined || !isSemver(recorded)) return undefined;
  const { version } = yield* readSchemaVersion('');
  return version === undefined || compareSemver(version, recorded) === 0 ? undefined : version;
}

/**
 * Sets `schema_version` to its value before `label`: `earlier`, the newest label that is still applied, else the version
 * from before the first label, which the attempt log has. Drops Dunlin's own table if there was no version before.
 * Returns false if the earlier version is unknown.
 */
export function* restoreSchemaVersion(
  attempts: string,
  label: string,
  earlier: string | undefined,
  now: string,
): Op<boolean> {
  const table = yield* queryOne<{ sql: string }>(`SELECT sql FROM main.sqlite_schema WHERE name = 'schema_version'`);
  if (table === undefined) return true;
  const present = (yield* queryOne(`SELECT version FROM main.schema_version`))?.['version'];
  // The DOWN part has set it.
  if (earlier === undefined && typeof present === 'string' && isSemver(present) && compareSemver(present, label) < 0)
    return true;
  const before = earlier ?? (yield* readFromLabel(attempts));
  if (before !== undefined) yield* writeSchemaVersion(before, now);
  else if (table.sql === createTable) yield* query(`DROP TABLE main.schema_version`);
  else return false;
  return true;
}
