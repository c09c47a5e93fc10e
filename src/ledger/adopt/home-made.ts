import type { Value } from '../../bridge/index.ts';
import type { Migration } from '../../migration/index.ts';
import type { Column } from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import { timeColumn } from '../foreign-tools.ts';
import { digitsOf, formOf, nameLike, textsOf, timeLike, titleOf } from './names.ts';
import type { Exported, ToolRecord } from './tool-record.ts';

const hashes = ['checksum', 'hash', 'sha256'];
const allHashes = [...hashes, 'md5', 'sha1', 'text_hash'];
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
    if (isRowid(column, columns) && nameKey(column.name) !== identity) continue;
    const value = valueOf(column, identity, exported);
    const isFilled = column.notNull || exported.usage.filled.has(column.name);
    if (value !== undefined) row[column.name] = value;
    else if (isFilled && column.default === null)
      return `what the application writes into the column "${column.name}" is not known`;
  }
  return row;
}

/** Undefined: not known, so to be left to the column's default. */
function valueOf({ name, type }: Column, identity: string, exported: Exported): Value | undefined {
  const { migration, appliedAt, executionTimeMs, last, sha256, checksumsFit, usage } = exported;
  const key = nameKey(name);
  const newest = last?.[name];
  const isName = key === identity || ['version', 'filename', 'file_name', 'file'].includes(key);
  if (isName && newest === undefined) return firstIdentity(key, type, migration);
  if (isName || (['name', 'description'].includes(key) && typeof newest === 'string'))
    return identityLike(newest, exported);
  if (key === 'name' || key === 'description') return newest === undefined ? titleOf(migration) : undefined;
  const time = timeColumn.test(key) ? timeLike(appliedAt, newest) : undefined;
  if (time !== undefined) return time;
  if (allHashes.includes(key)) return hashes.includes(key) && checksumsFit ? sha256(textsOf(migration)[0]!) : undefined;
  if (flags.includes(key) || usage.constant.has(name)) return newest;
  return key.endsWith('_ms') && typeof newest === 'number' ? executionTimeMs : undefined;
}

/** In a table without rows. */
function firstIdentity(key: string, type: string, migration: Migration): Value {
  if (/INT/i.test(type)) return Number(digitsOf(migration));
  return key === 'version' ? digitsOf(migration) : nameLike(migration, undefined, '.sql');
}

/** As the newest row names its migration; undefined if that names none of those here. */
function identityLike(newest: Value | undefined, { migration, all }: Exported): Value | undefined {
  if (typeof newest === 'number')
    return all.some((one) => Number(digitsOf(one)) === newest) ? Number(digitsOf(migration)) : undefined;
  return typeof newest === 'string' ? formOf(newest, all)?.(migration) : undefined;
}

/** An INTEGER PRIMARY KEY gets its value from SQLite. */
function isRowid({ keyPosition, type }: Column, columns: readonly Column[]): boolean {
  return keyPosition === 1 && /^INTEGER$/i.test(type) && columns.every((other) => other.keyPosition <= 1);
}
