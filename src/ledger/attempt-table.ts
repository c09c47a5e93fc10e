import { own } from './own.ts';

/** The columns that the attempt log must have; what else it has, it may lack (see `recordColumns`). */
export const attemptColumns: readonly string[] = [
  'id',
  'run_id',
  'version',
  'name',
  'direction',
  'status',
  'started_at',
  'finished_at',
  'statement',
  'error_code',
  'error',
  'backup',
  'host',
  'pid',
  'tool',
];

/** The columns that the attempt log has had since schemas are recorded; older ones get them with their next run. */
export const recordColumns: readonly string[] = ['fingerprint', 'schema_cookie', 'schema'];

export function createAttempts(table: string): string {
  return `CREATE TABLE ${own(table)} (
  id             INTEGER PRIMARY KEY,
  run_id         TEXT NOT NULL,
  version        INTEGER,
  name           TEXT,
  direction      TEXT NOT NULL,
  status         TEXT NOT NULL,
  started_at     TEXT NOT NULL,
  finished_at    TEXT,
  statement      INTEGER,
  error_code     TEXT,
  error          TEXT,
  backup         TEXT,
  host           TEXT,
  pid            INTEGER,
  tool           TEXT,
  fingerprint    TEXT,
  schema_cookie  INTEGER,
  schema         TEXT
)`;
}

/** What gives an older attempt log these columns. */
export function growAttempts(table: string): readonly string[] {
  const types = ['TEXT', 'INTEGER', 'TEXT'];
  return recordColumns.map((name, index) => `ALTER TABLE ${own(table)} ADD COLUMN ${name} ${types[index]!}`);
}
