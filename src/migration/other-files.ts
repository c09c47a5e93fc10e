/** Why a file is not a migration, and whether its author may have meant it as one. */
export interface OtherFile {
  readonly reason: string;
  readonly mayBeMigration: boolean;
}

const ending = /\.(?:sql|SQL|ts|mts|js|mjs)$/;

/** What other tools call a half of a pair, between two dots or behind the last: `1_x.up.sql`, `1_x.sqlite.down..sql`. */
const half = /\.(?:up|down|do|undo|revert|rollback)(?:\.|$)/i;

/** A version in front of the name, as Dunlin, Flyway and others write it. */
const versioned = /^(?:[vu]?\d|r__)/i;

/** A version that is not in front: `patch1.sql`, `setup_010_x.sql`, `Migration20240101.ts`. */
const versionWithin = /\d.*\.sql$|^migration[-_.]?\d+.*\.[cm]?[jt]s$/i;

/** The endings that migrations have in this tool or another one. */
const migrationEnding = /(?:\.(?:sql|[cm]?[jt]sx?|go|py|php|rb|exs?|rs|java|kt|cs|xml|ya?ml)|^[^.]+)$/i;

/** What is not a migration for a reason that its name gives. The first that fits counts. */
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
  [/^(?:[VU]\d[\d._]*_|V\d+\.|R__)/, 'named as Flyway does; here V1__name.sql is 001_name.sql', true],
];

/** Why a file of this name cannot be meant as a migration; undefined if it can. A directory's name ends in `/`. */
export function otherFile(fileName: string): OtherFile | undefined {
  const kind = kinds.find(([pattern]) => pattern.test(fileName));
  if (kind !== undefined) {
    const [, reason, mayBeMigration] = kind;
    return { reason, mayBeMigration: mayBeMigration && (fileName.includes('/') || migrationEnding.test(fileName)) };
  }
  const mayBeMigration = (versioned.test(fileName) && migrationEnding.test(fileName)) || versionWithin.test(fileName);
  if (/\.c[jt]s$/.test(fileName))
    return { reason: 'a CommonJS module; only .ts, .mts, .js and .mjs are loaded', mayBeMigration };
  if (!ending.test(fileName)) return { reason: 'does not end in .sql, .ts, .mts, .js or .mjs', mayBeMigration };
  if (!/^\d/.test(fileName)) return { reason: 'has no version in front of its name', mayBeMigration };
  return undefined;
}
