import { dunlinError, type DunlinError } from '../errors/index.ts';

/** What a file's name says about the file. */
export type FileName =
  | {
      readonly kind: 'sql' | 'code';
      readonly version: number;
      /** `add_user_roles`, in Unicode's composed form (NFC); macOS may return another form. */
      readonly name: string;
      /** `002_add_user_roles`. */
      readonly id: string;
    }
  | ({ readonly kind: 'ignored' } & OtherFile)
  | { readonly kind: 'invalid'; readonly error: DunlinError };

/** The name of nearly every file. With a thousand files, the full parse takes most of a start with nothing to do. */
const usual = /^(\d{1,15})_([a-z][a-z0-9_]*)\.(sql|ts|mts|js|mjs)$/;

/**
 * Parses a file's name (a directory's ends in `/`). A file that cannot be a migration is `ignored`, with the reason. A
 * name that begins with a version but is not well formed is `invalid`: to ignore it would leave a migration out.
 *
 * ```ts
 * parseFileName('002_add_user_roles.sql'); // { kind: 'sql', version: 2, name: 'add_user_roles', id: '002_add_user_roles' }
 * ```
 *
 * @param path the path for error messages; default the file's name.
 */
export function parseFileName(fileName: string, path: string = fileName): FileName {
  const [, number, plain, form] = usual.exec(fileName) ?? [];
  if (number !== undefined && plain !== undefined && Number(number) > 0)
    return { kind: form === 'sql' ? 'sql' : 'code', version: Number(number), name: plain, id: `${number}_${plain}` };
  const other = otherFile(fileName);
  if (other !== undefined) return { kind: 'ignored', ...other };
  const dot = fileName.lastIndexOf('.');
  const ending = fileName.slice(dot + 1);
  const id = fileName.slice(0, dot).normalize('NFC');
  const digits = /^\d+/.exec(id)?.[0] ?? '';
  const rest = id.slice(digits.length);
  const name = rest.slice(1);
  const version = Number(digits);

  if (digits.length > 15) return invalid(dunlinError('VERSION_TOO_LONG', { file: path, digits: digits.length }));
  if (version === 0) return invalid(dunlinError('VERSION_ZERO', { file: path }));
  if (rest === '' || rest === '_') {
    return invalid(dunlinError('FILE_NAME_EMPTY', { file: path, suggestion: `${digits}_create_users.${ending}` }));
  }
  const fact = nameFact(rest);
  if (fact !== undefined) {
    return invalid(dunlinError('FILE_NAME_INVALID', { file: path, fact, suggestion: suggest(digits, rest, ending) }));
  }
  return { kind: ending.toLowerCase() === 'sql' ? 'sql' : 'code', version, name, id };
}

const invalid = (error: DunlinError): FileName => ({ kind: 'invalid', error });

/** What is wrong with the part of a file's name after the version. */
export function nameFact(rest: string): string | undefined {
  if (!rest.startsWith('_')) return `${firstCharacter(rest)} follows the version, not "_"`;
  const bad = /[^\p{L}\p{M}\p{N}_.-]/u.exec(rest)?.[0];
  return bad === undefined
    ? undefined
    : `${firstCharacter(bad)} is neither a letter nor a digit nor one of "_", "-", "."`;
}

function firstCharacter(text: string): string {
  const first = String.fromCodePoint(text.codePointAt(0)!);
  return first === ' ' ? 'a space' : JSON.stringify(first);
}

/** No suggestion where more digits follow, as in `2024-03-13_x` and `1.2.0_x`: the version itself is unclear. */
function suggest(digits: string, rest: string, ending: string): string | undefined {
  const name = slug(rest);
  return name === '' || /^[^\p{L}\p{N}]*\d/u.test(rest) ? undefined : `${digits}_${name}.${ending}`;
}

/** Why a file is not a migration, and whether it may be intended as one. */
interface OtherFile {
  readonly reason: string;
  readonly mayBeMigration: boolean;
}

const codeOrSqlEnding = /\.(?:sql|SQL|ts|mts|js|mjs)$/;

/** Other tools' names for one file of an up/down pair, between two dots or after the last: `1_x.up.sql`, `1_x.sqlite.down..sql`. */
const half = /\.(?:up|down|do|undo|revert|rollback)(?:\.|$)/i;

/** A version before the name, as Dunlin, Flyway and others write it. */
const versioned = /^(?:[vu]?\d|r__)/i;

/** A version elsewhere in the name: `patch1.sql`, `setup_010_x.sql`, `Migration20240101.ts`. */
const versionWithin = /\d.*\.sql$|^migration[-_.]?\d+.*\.[cm]?[jt]s$/i;

/** The endings of migrations in this tool or another. */
const migrationEnding = /(?:\.(?:sql|[cm]?[jt]sx?|go|py|php|rb|exs?|rs|java|kt|cs|xml|ya?ml)|^[^.]+)$/i;

/** Names that rule out a migration. The first match counts. */
const kinds: readonly (readonly [pattern: RegExp, reason: string, mayBeMigration: boolean])[] = [
  [/^\./, 'a hidden file', false],
  [/\/(?:migration|up)\.sql$/i, 'in a directory of its own, as Prisma, Drizzle and Diesel keep each migration', true],
  [/\/./, 'in a directory; migrations are looked for in the directory itself only', true],
  [/^\d.*\/$/, 'a directory; Prisma keeps each migration in one', false],
  [/\/$/, 'a directory; migrations are looked for in the directory itself only', false],
  [/(?:~|\.(?:bak|orig|rej|swp|tmp))$/i, 'a copy that an editor or a merge left behind', false],
  [/\.map$/, 'a source map', false],
  [/\.d\.[mc]?ts$/, 'type declarations, without code', false],
  [/\.(?:test|spec)\.\w+$/, 'a test', false],
  [half, 'one half of a pair, as golang-migrate and sqlx have them; here both parts are in one file', true],
  [/^R__/, 'it is repeatable and has no version', false],
  [/^(?:[VU]\d[\d._]*_|V\d+\.)/, 'named as Flyway does; here V1__name.sql is 001_name.sql', true],
];

/** Why a file within a folder of migrations is none: a hidden file, a test, what an editor left behind. */
export function otherKind(fileName: string): string | undefined {
  return kinds.find(
    ([pattern, , mayBeMigration]) => !mayBeMigration && pattern.test(fileName.replace(/^R__/i, 'x')),
  )?.[1];
}

/** Why a file of this name cannot be a migration; undefined if it can. A directory's name ends in `/`. */
function otherFile(fileName: string): OtherFile | undefined {
  const kind = kinds.find(([pattern]) => pattern.test(fileName));
  if (kind !== undefined) {
    const [, reason, mayBeMigration] = kind;
    return { reason, mayBeMigration: mayBeMigration && (fileName.includes('/') || migrationEnding.test(fileName)) };
  }
  const mayBeMigration = (versioned.test(fileName) && migrationEnding.test(fileName)) || versionWithin.test(fileName);
  if (/\.c[jt]s$/.test(fileName))
    return { reason: 'a CommonJS module; only .ts, .mts, .js and .mjs are loaded', mayBeMigration };
  if (!codeOrSqlEnding.test(fileName))
    return { reason: 'does not end in .sql, .ts, .mts, .js or .mjs', mayBeMigration };
  if (!/^\d/.test(fileName)) return { reason: 'has no version in front of its name', mayBeMigration };
  return undefined;
}

/** File names are limited to 255 bytes; this leaves room for the version, the ending and multi-byte letters. */
const longestSlug = 60;

/** Turns a title into a part of a file's name: `Add user roles!` becomes `add_user_roles`. Empty if it has no letter or digit. */
export function slug(title: string): string {
  const words =
    title
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  let text = '';
  for (const word of words) {
    if (text !== '' && text.length + word.length >= longestSlug) break;
    text += text === '' ? [...word].slice(0, longestSlug).join('') : `_${word}`;
  }
  return text;
}

/** The highest version. A JavaScript number holds any 15 digits exactly, not more. */
export const maxVersion = 999_999_999_999_999;

/** The least number of digits of a version. */
const versionDigits = 3;

/** A version as in the file's name (`002`, `20261121093000`); a bare number gets at least three digits. */
export function formatVersion(of: number | { readonly id: string }): string {
  if (typeof of === 'number') return String(of).padStart(versionDigits, '0');
  return /^\d+/.exec(of.id)?.[0] ?? of.id;
}
