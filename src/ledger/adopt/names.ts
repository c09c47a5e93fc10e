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

/** The name of a migration's file with the ending that the names in the table have: `.js`, or none; or of the file itself. */
export function nameLike(migration: Migration, last: Value | undefined, ofSql: string): string {
  const own = migration.kind === 'sql' ? ofSql : (ending.exec(fileNameOf(migration))?.[0] ?? '');
  const recorded = typeof last === 'string' ? (ending.exec(last)?.[0] ?? '') : own;
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

/** A time in the form of another one: seconds, milliseconds or a text; undefined if that is no time. */
export function timeLike(iso: string, other: Value | undefined): Value | undefined {
  const number = Number(other);
  if (typeof other === 'number' || (typeof other === 'string' && /^\d+$/.test(other))) {
    if (number < 100_000_000) return undefined;
    const time = number < 100_000_000_000 ? Math.floor(Date.parse(iso) / 1000) : Date.parse(iso);
    return typeof other === 'number' ? time : String(time);
  }
  const parts =
    typeof other === 'string' ? /^\d{4}-\d\d-\d\d(?:([T ])\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:?00)?)?$/.exec(other) : null;
  if (parts === null) return undefined;
  const [, between, fraction = '', zone = ''] = parts;
  if (between === undefined) return iso.slice(0, 10);
  const digits = iso
    .slice(20, 23)
    .padEnd(fraction.length - 1, '0')
    .slice(0, fraction.length - 1);
  return `${iso.slice(0, 10)}${between}${iso.slice(11, 19)}${fraction === '' ? '' : `.${digits}`}${zone}`;
}

/** The migrations by each way in which an application may name them in its own table, through `plainName`. */
export function byPlainName(all: readonly Migration[]): ReadonlyMap<string, readonly Migration[]> {
  const found = new Map<string, readonly Migration[]>();
  for (const migration of all)
    for (const name of new Set([...fileKeys(migration), titleOf(migration)].map(plainName)))
      found.set(name, [...(found.get(name) ?? []), migration]);
  return found;
}

/** `1_add_roles` of `sql/V001-add-roles.sql`. */
export function plainName(text: string): string {
  return around
    .exec(text.toLowerCase())![2]!
    .replaceAll(/[-_ ]+/g, '_')
    .replace(/^0+(?=\d)/, '');
}

/** The path in front of a name, the name, and its endings. */
const around = /^((?:.*[\\/])?(?:v(?=\d))?)(.*?)((?:\.[a-z]+)*)$/is;

/** How a text names one of the migrations, as a function that names another one in the same way: `sql/005-roles.sql`. */
export function formOf(text: string, all: readonly Migration[]): ((migration: Migration) => string) | undefined {
  const [before, name, after] = around.exec(text)!.slice(1) as [string, string, string];
  const known = byPlainName(all).get(plainName(text))?.[0];
  if (known === undefined) return undefined;
  const width = /^\d*/.exec(name)![0].length;
  const number = (migration: Migration): string =>
    digitsOf(migration)
      .replace(/^0+(?=\d)/, '')
      .padStart(width, '0');
  const titles = ['_', '-', ' '].map((inside) => (migration: Migration) => titleOf(migration).replaceAll('_', inside));
  const numbered = ['_', '__', '-', ' '].flatMap((between) =>
    titles.map((title) => (migration: Migration) => number(migration) + between + title(migration)),
  );
  const own = (migration: Migration): string => migration.origin?.id ?? stemOf(migration);
  for (const base of [own, ...numbered, number, ...titles])
    for (const inCase of cases)
      // In some folders the path is part of what identifies a migration.
      for (const path of [before, ''])
        if (path + inCase(base(known)) === before + name) return (migration) => path + inCase(base(migration)) + after;
  return undefined;
}

const cases: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.toLowerCase(),
  (text) => text.toUpperCase(),
  (text) => text.charAt(0).toUpperCase() + text.slice(1),
];
