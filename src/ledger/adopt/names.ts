import type { Value } from '../../bridge/index.ts';
import type { Migration } from '../../migration/index.ts';

const ending = /(?:\.up)?\.(?:sql|[cm]?[jt]s)$/i;

/** The form in which identities are compared: without the ending of a file, and a whole number without leading zeros. */
export function keyOf(identity: string): string {
  const stem = identity.trim().replace(ending, '');
  return /^\d+$/.test(stem) ? stem.replace(/^0+(?=\d)/, '') : stem;
}

/** The name of a migration's file, or of its directory where the file's name says nothing. */
export function fileNameOf({ file, id, kind }: Migration): string {
  const parts = file.split(/[\\/]/);
  const name = parts.at(-1)!;
  if (/^(?:migration|up)\./i.test(name)) return parts.at(-2) ?? name;
  return ending.test(name) ? name : `${id}.${kind === 'sql' ? 'sql' : 'js'}`;
}

/** The file's name without its ending: `002_add_user_roles`. */
export function stemOf(migration: Migration): string {
  return fileNameOf(migration).replace(ending, '');
}

/** The version in front of the file's name, as written, without the dashes of a date: `2026-01-31-120000-0000_name`. */
export function digitsOf(migration: Migration): string {
  const stem = stemOf(migration);
  const [date] = /^\d{4}-\d\d-\d\d(?:-\d+)*(?=_|$)/.exec(stem) ?? [];
  const [, digits] = /^[vV]?(\d+)/.exec(stem) ?? [];
  return date?.replaceAll('-', '') ?? digits ?? String(migration.version);
}

/** What follows the version in the file's name: `add_user_roles`. */
export function titleOf(migration: Migration): string {
  return migration.origin?.name ?? migration.name;
}

/** The identities that tools without a rule of their own give a migration, by the name of its file. */
export function fileKeys(migration: Migration): readonly string[] {
  const own = migration.origin === undefined ? [] : [migration.origin.key, migration.origin.id];
  return [...own, stemOf(migration), digitsOf(migration)].map(keyOf);
}

/** The text of the file with the UP part as it is on the disk, and as other line endings make it. */
export function textsOf(migration: Migration): readonly string[] {
  const content = migration.origin?.files[0].content();
  const texts = typeof content === 'string' ? [content] : [migration.text, `\uFEFF${migration.text}`];
  const lines = texts.map((text) => text.replaceAll('\r\n', '\n'));
  return [...new Set([...texts, ...lines, ...lines.map((text) => text.replaceAll('\n', '\r\n'))])];
}

/** The name of a migration's file with the ending that the names in the table have: `.js`, or none. */
export function nameLike(migration: Migration, last: Value | undefined, otherwise: string): string {
  const recorded = typeof last === 'string' ? (ending.exec(last)?.[0] ?? '') : otherwise;
  // Of a file with several migrations the name says nothing.
  return (migration.origin?.id ?? stemOf(migration)) + recorded;
}

/** `2026-11-30 15:20:26`, as SQLite's CURRENT_TIMESTAMP. */
export function toSqlTime(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}

/** ISO 8601 from what a tool has recorded; undefined if it is no time. */
export function toIsoTime(value: Value | undefined): string | undefined {
  // Seconds, else milliseconds.
  const number = typeof value === 'number' && value < 100_000_000_000 ? value * 1000 : value;
  const time = new Date(typeof number === 'string' ? utc(number) : Number(number ?? Number.NaN));
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** A time without a zone is UTC, as SQLite's are. */
function utc(text: string): string {
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?$/.test(text) ? `${text.replace(' ', 'T')}Z` : text;
}
