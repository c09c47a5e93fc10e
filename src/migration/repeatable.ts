import { dunlinError, type DunlinError } from '../errors/index.ts';
import { classify, nameKey, type ParsedStatement } from '../sql/index.ts';
import { nameFact, otherKind, slug } from './file-name.ts';
import type { Identity, SqlContent, SqlMigration } from './types.ts';

/** The version of every repeatable migration. No other migration has it. */
export const repeatableVersion = 0;

/** The folder, within that of the migrations, whose files are all repeatable. */
export const repeatableFolder = 'repeatable';

/** Whether something that names a migration names a repeatable one. */
export function isRepeatable({ version }: Pick<Identity, 'version'>): boolean {
  return version === repeatableVersion;
}

/** What the name of a file says of a repeatable migration; undefined if it has nothing to do with one. */
export type RepeatableName =
  | { readonly kind: 'repeatable'; readonly name: string; readonly id: string }
  | { readonly kind: 'ignored'; readonly reason: string; readonly mayBeMigration: false }
  | { readonly kind: 'invalid'; readonly error: DunlinError };

/**
 * Parses `R__active_users.sql` and `repeatable/active_users.sql`, which are the same migration in two places. A file that
 * was probably intended as one is `invalid`: to ignore it would leave it out.
 */
export function parseRepeatableName(fileName: string, path: string = fileName): RepeatableName | undefined {
  // Both begin with an R. With a thousand files, the patterns would take a part of each start.
  if (!/^r/i.test(fileName)) return undefined;
  const [, folder, within = ''] = /^(repeatable)\/(.*)$/is.exec(fileName) ?? [];
  const invalid = (fact: string, way: string): RepeatableName => ({
    kind: 'invalid',
    error: dunlinError('REPEATABLE_INVALID', { file: path, fact, way }),
  });
  if (folder === undefined && !/^R__/i.test(fileName)) return undefined;
  if (folder !== undefined && folder !== repeatableFolder)
    return invalid(
      `is in a folder called ${folder}, and on other machines only \`${repeatableFolder}\` would be found`,
      `Rename the folder to ${repeatableFolder}.`,
    );
  const file = folder === undefined ? fileName : within;
  if (file === '') return undefined;
  const reason = otherKind(file.replaceAll('/', '_'));
  if (reason !== undefined || !/\.(?:sql|[cm]?[jt]s)$/i.test(file))
    return { kind: 'ignored', reason: reason ?? 'does not end in .sql', mayBeMigration: false };
  if (file.includes('/'))
    return invalid(
      `is in a folder within ${repeatableFolder}, and these files have one order by name`,
      `Move it into ${repeatableFolder} itself.`,
    );
  const [prefix] = /^R__/i.exec(file) ?? [''];
  if (prefix !== prefix.toUpperCase())
    return invalid(`begins with ${prefix}, not R__`, `Rename it to R__${file.slice(3)}.`);
  if (!/\.sql$/i.test(file))
    return invalid(
      'is code, and only the text of SQL shows whether it has changed',
      'Write it in SQL, in a file that ends in .sql.',
    );
  const name = file.slice(prefix.length, -'.sql'.length).normalize('NFC');
  if (name === '') return invalid('has no name', `Rename it, such as R__active_users.sql.`);
  const fact = nameFact(`_${name}`);
  if (fact !== undefined)
    return invalid(`has a name in which ${fact}`, `Rename it to ${prefix}${slug(name) || 'active_users'}.sql.`);
  return { kind: 'repeatable', name, id: `R__${name}` };
}

/** What of a file's content does not fit a migration that runs again whenever it changes. */
export function repeatableProblems(
  { file, name, id }: Pick<Identity, 'file' | 'name' | 'id'>,
  { header, directives, up, down }: Pick<SqlContent, 'header' | 'directives' | 'up' | 'down'>,
): readonly DunlinError[] {
  const found: (readonly [fact: string, way: string])[] = [];
  if (down !== undefined)
    found.push([
      'has a DOWN part, and what has no version is never rolled back',
      'Remove the DOWN marker and what is below it.',
    ]);
  if (header.schemaVersion !== undefined)
    found.push([
      'has a Schema-Version, and only a versioned migration can change that',
      'Move the line to a versioned migration.',
    ]);
  if (directives.together !== undefined)
    found.push(['has `-- dunlin: together`, and a set has versioned migrations only', 'Remove the line.']);
  if (directives.foreignKeys)
    found.push([
      'has `-- dunlin: foreign-keys on`, which needs a transaction of its own',
      'Write out what ON DELETE actions would do.',
    ]);
  if (directives.noTransaction)
    found.push([
      'has `-- dunlin: no-transaction`, and what cannot be rolled back must not run again and again',
      'Remove the line, or make it a versioned migration.',
    ]);
  // A seed, whose id is its path, makes only what is temporary.
  const left = id === file ? [] : leftAsTheyAre(up.statements.map(classify));
  for (const { type, name: object } of left)
    found.push([
      `has \`CREATE ${type.toUpperCase()} IF NOT EXISTS ${object}\`, which leaves the ${type} as it was when the file has changed`,
      `Write \`DROP ${type.toUpperCase()} IF EXISTS ${object};\` above it.`,
    ]);
  const migration = { version: repeatableVersion, name };
  return found.map(([fact, way]) => dunlinError('REPEATABLE_INVALID', { file, fact, way }, { migration }));
}

/** Views and triggers, which are nothing but their text, that the statements make only where there are none. */
function leftAsTheyAre(statements: readonly ParsedStatement[]): readonly { type: string; name: string }[] {
  const dropped = new Set<string>();
  return statements.flatMap((facts) => {
    if (facts.verb === 'drop') dropped.add(madeKey(facts.object, facts.name.name));
    if (facts.verb !== 'create' || !facts.ifNotExists) return [];
    if ((facts.object !== 'view' && facts.object !== 'trigger') || facts.temporary) return [];
    const { object: type, name } = facts;
    // The triggers of a view go with it.
    const isGone =
      dropped.has(madeKey(type, name.name)) || (type === 'trigger' && dropped.has(madeKey('view', facts.table)));
    return isGone ? [] : [{ type, name: name.name }];
  });
}

/** An object of the schema, by what identifies it. */
export interface MadeObject {
  readonly type: string;
  readonly name: string;
  readonly key: string;
}

const known = new WeakMap<SqlMigration, readonly MadeObject[]>();

/** The objects that exist after a repeatable migration because its statements create them. Throws for a malformed file. */
export function objectsMadeBy(migration: SqlMigration): readonly MadeObject[] {
  let made = known.get(migration);
  if (made === undefined) {
    made = leftBy(migration.content.up.statements.map(classify));
    known.set(migration, made);
  }
  return made;
}

/** `view:active_users`. */
export function madeKey(type: string, name: string): string {
  return `${type}:${nameKey(name)}`;
}

function leftBy(statements: readonly ParsedStatement[]): readonly MadeObject[] {
  const made = new Map<string, MadeObject>();
  const tables = new Map<string, string>();
  for (const facts of statements) {
    if (facts.verb === 'create') {
      const isElsewhere = ('temporary' in facts && facts.temporary) || nameKey(facts.name.schema ?? 'main') !== 'main';
      if (isElsewhere) continue;
      const key = madeKey(facts.object, facts.name.name);
      made.set(key, { type: facts.object, name: facts.name.name, key });
      if (facts.object === 'index' || facts.object === 'trigger') tables.set(key, nameKey(facts.table));
    } else if (facts.verb === 'drop') {
      made.delete(madeKey(facts.object, facts.name.name));
      // Its indexes and triggers go with it.
      if (facts.object === 'table' || facts.object === 'view')
        for (const [key, table] of tables) if (table === nameKey(facts.name.name)) made.delete(key);
    } else if (facts.verb === 'alter' && facts.change.kind === 'rename-table') {
      if (!made.delete(madeKey('table', facts.name.name))) continue;
      const { to: name } = facts.change;
      const key = madeKey('table', name);
      made.set(key, { type: 'table', name, key });
    }
  }
  return [...made.values()];
}
