const ending = /\.(?:sql|SQL|ts|mts|js|mjs)$/;

/** What is not a migration for a reason that its name tells. The first that fits is told. */
const kinds: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^\d.*\/$/, 'a directory; Prisma keeps each migration in one'],
  [/\/$/, 'a directory; migrations are looked for in the directory itself only'],
  [/^\./, 'a hidden file'],
  [/(?:~|\.(?:bak|orig|rej|swp|tmp))$/i, 'a copy that an editor or a merge left behind'],
  [/\.map$/, 'a source map'],
  [/\.d\.[mc]?ts$/, 'type declarations, without code'],
  [/\.(?:test|spec)\.\w+$/, 'a test'],
  [/\.(?:up|down)\.\w+$/, 'one half of a pair, as golang-migrate and sqlx have them; here both parts are in one file'],
  [/^(?:[VU]\d[\d._]*_|V\d+\.|R__)/, 'named as Flyway does; here V1__name.sql is 001_name.sql'],
];

/** Why a file of this name cannot be meant as a migration; undefined if it can. */
export function reasonToIgnore(fileName: string): string | undefined {
  const kind = kinds.find(([pattern]) => pattern.test(fileName));
  if (kind !== undefined) return kind[1];
  if (/\.c[jt]s$/.test(fileName)) return 'a CommonJS module; only .ts, .mts, .js and .mjs are loaded';
  if (!ending.test(fileName)) return 'does not end in .sql, .ts, .mts, .js or .mjs';
  if (!/^\d/.test(fileName)) return 'has no version in front of its name';
  return undefined;
}
