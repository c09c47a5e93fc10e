import type { Value } from '../../bridge/index.ts';
import type { Migration } from '../../migration/index.ts';
import type { Column } from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import { timeColumn } from '../foreign-tools.ts';
import { digitsOf, nameLike, textsOf, titleOf, toSqlTime } from './names.ts';
import type { Exported, ToolRecord } from './tool-record.ts';

const hashes = ['checksum', 'hash', 'sha256'];
const flags = ['success', 'ok', 'status', 'state', 'dirty', 'direction', 'type', 'kind'];

/**
 * An application's own table. Its column `identity` says which migration a row is; what else it has is recognised by
 * the usual names of columns, and written in the form of the newest row.
 */
export function homeMade(identity: string, columns: readonly Column[]): ToolRecord {
  const named = (test: (name: string) => boolean): Column | undefined =>
    columns.find(({ name }) => test(nameKey(name)));
  const identifying = named((name) => name === identity)!;
  const time = named((name) => timeColumn.test(name));
  const hash = named((name) => hashes.includes(name));
  return {
    tool: undefined,
    names: ['own'],
    identity: `t."${identifying.name}"`,
    ...(time === undefined ? {} : { appliedAt: `t."${time.name}"` }),
    ...(hash === undefined
      ? {}
      : {
          checksum: `lower(t."${hash.name}")`,
          checksums: (migration, sha256) => textsOf(migration).map(sha256),
          unknownChecksums: true,
        }),
    row: (exported) => rowOf(identity, columns, exported),
  };
}

function rowOf(identity: string, columns: readonly Column[], exported: Exported): ReturnType<ToolRecord['row']> {
  const row: Record<string, Value> = {};
  for (const column of columns) {
    if (column.generated !== null) {
      if (nameKey(column.name) === identity)
        return `the column "${column.name}", which identifies it, is computed from others`;
      continue;
    }
    const value = valueOf(column, identity, exported);
    if (value !== undefined) row[column.name] = value;
    else if (column.notNull && column.default === null && !isRowid(column, columns))
      return `what the application writes into the column "${column.name}" is not known`;
  }
  return row;
}

/** Undefined: to be left to the column's default. */
function valueOf({ name, type }: Column, identity: string, exported: Exported): Value | undefined {
  const { migration, appliedAt, last, sha256, checksumsFit } = exported;
  const key = nameKey(name);
  const newest = last?.[name];
  if (key === identity || ['version', 'filename', 'file_name', 'file'].includes(key))
    return identityLike(key, migration, newest ?? (/INT/i.test(type) ? 0 : undefined));
  if (key === 'name' || key === 'description') return titleOf(migration);
  if (timeColumn.test(key)) return timeLike(appliedAt, newest);
  if (hashes.includes(key) && checksumsFit) return sha256(textsOf(migration)[0]!);
  if (flags.includes(key)) return newest;
  return undefined;
}

function identityLike(key: string, migration: Migration, newest: Value | undefined): Value {
  if (typeof newest === 'number') return Number(digitsOf(migration));
  return key === 'version' ? digitsOf(migration) : nameLike(migration, newest, '.sql');
}

function timeLike(iso: string, newest: Value | undefined): Value | undefined {
  if (newest === undefined || newest === null) return undefined;
  if (typeof newest === 'number')
    return newest < 100_000_000_000 ? Math.floor(Date.parse(iso) / 1000) : Date.parse(iso);
  return String(newest).includes('T') ? iso : toSqlTime(iso);
}

/** An INTEGER PRIMARY KEY gets its value from SQLite. */
function isRowid({ keyPosition, type }: Column, columns: readonly Column[]): boolean {
  return keyPosition === 1 && /^INTEGER$/i.test(type) && columns.every((other) => other.keyPosition <= 1);
}
