import { query, queryOne, type Op } from '../../bridge/index.ts';
import { dunlinError } from '../../errors/index.ts';
import { compareSemver, isSemver } from '../semver.ts';
import type { Layout } from './layout.ts';
import { standard } from './standard.ts';

/**
 * The standard table, beside which a one-row table `schema_version` is kept in step: applications that ask it for
 * "1.1.0" go on doing so. A version found there when Dunlin first comes counts as applied.
 */
export const semver: Layout = { ...standard, name: 'semver' };

/** The semantic version that the database says it has; undefined where there is no such table. */
export function* readSchemaVersion(database: string): Op<string | undefined> {
  const columns = yield* query<{ name: string }>(`SELECT name FROM pragma_table_info('schema_version')`);
  if (columns.length === 0) return undefined;
  const damaged = (fact: string): Error => dunlinError('SCHEMA_VERSION_DAMAGED', { database, fact });
  if (!columns.some((column) => column.name.toLowerCase() === 'version')) throw damaged('has no column "version"');
  const rows = yield* query(`SELECT version FROM schema_version LIMIT 3`);
  if (rows.length === 0) throw damaged('has no row');
  if (rows.length > 1) throw damaged('has more than one row');
  const version = rows[0]?.['version'];
  if (typeof version !== 'string' || !isSemver(version)) throw damaged(`says ${JSON.stringify(String(version))}, which is not a semantic version`);
  return version;
}

/** Makes `schema_version` say `label`, unless the migration itself did. Creates the table if there is none. */
export function* writeSchemaVersion(label: string, now: string): Op<void> {
  const columns = yield* query<{ name: string }>(`SELECT name FROM pragma_table_info('schema_version')`);
  if (columns.length === 0) {
    yield* query(`CREATE TABLE schema_version (version TEXT NOT NULL, updated_at TEXT NOT NULL)`);
    yield* query(`INSERT INTO schema_version (version, updated_at) VALUES (?, ?)`, [label, now]);
    return;
  }
  const row = yield* queryOne(`SELECT version FROM schema_version`);
  const present = row?.['version'];
  if (typeof present === 'string' && isSemver(present) && compareSemver(present, label) === 0) return;
  const dated = columns.some((column) => column.name.toLowerCase() === 'updated_at');
  if (dated) yield* query(`UPDATE schema_version SET version = ?, updated_at = ?`, [label, now]);
  else yield* query(`UPDATE schema_version SET version = ?`, [label]);
}
