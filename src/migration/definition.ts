import { closest, dunlinError, editDistance, type DunlinError } from '../errors/index.ts';
import { findForeignMarker } from './foreign-markers.ts';
import { throwProblems } from './problems.ts';
import { Script, type Origin } from './script.ts';
import { findMarkers } from './sections.ts';
import { isUnfilled } from './sql-migration.ts';
import type { AsyncMigrationDatabase, MigrationDatabase, MigrationDefinition } from './types.ts';

/**
 * Types a migration written in code and returns it unchanged. `db` is the migration's own transaction: its methods return
 * values on better-sqlite3 and node:sqlite. For a driver that returns promises write
 * `defineMigration<AsyncMigrationDatabase>`. The file's name gives version and name.
 *
 * ```ts
 * export default defineMigration({
 *   description: 'Add a role to each user',
 *   up(db) {
 *     db.exec("ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'user'");
 *   },
 *   down: 'ALTER TABLE users DROP COLUMN role',
 * });
 * ```
 */
export function defineMigration<Db extends MigrationDatabase | AsyncMigrationDatabase = MigrationDatabase>(
  definition: MigrationDefinition<Db>,
): MigrationDefinition<Db> {
  return definition;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isFunction: Check = (value) => typeof value === 'function';
const isBoolean: Check = (value) => typeof value === 'boolean';
const isSql: Check = (value) => isFunction(value) || isText(value);
const isVersion: Check = (value) => Number.isSafeInteger(value) && (value as number) > 0;
const isNames: Check = (value) => isBoolean(value) || (Array.isArray(value) && value.every(isText));

const keys: Readonly<Record<keyof MigrationDefinition, readonly [check: Check, expected: string]>> = {
  version: [Number.isSafeInteger, 'a whole number'],
  name: [isText, 'a string'],
  description: [isText, 'a string'],
  author: [isText, 'a string'],
  date: [isText, 'a string'],
  schemaVersion: [isText, 'a string'],
  destructive: [isNames, 'true or an array of names'],
  foreignKeys: [isBoolean, 'true or false'],
  together: [isVersion, 'the version of the last migration of the set, as a whole number'],
  up: [isSql, 'a function or a string of SQL'],
  down: [isSql, 'a function or a string of SQL'],
  verify: [isFunction, 'a function'],
};

/** The keys that a definition may have. */
export const definitionKeys: readonly string[] = Object.keys(keys);

/** The names that other tools, and older programs, give to `up`. */
const otherNamesOfUp: readonly string[] = ['apply', 'migrate', 'upgrade', 'forward', 'run'];

/**
 * Reads a module's exports as a definition: named exports (`export function up(db)`) or the default export. Throws all
 * problems at once.
 *
 * @param exported a module's namespace, or a definition.
 * @param origin the file; version and name in the definition must match it.
 */
export function checkDefinition(exported: unknown, origin: Origin): MigrationDefinition {
  const { file, migration } = origin;
  const details = migration === undefined ? {} : { migration };
  const { definition, isModule, upTwice } = unwrap(exported);
  const problems: DunlinError[] = [];
  if (upTwice) problems.push(dunlinError('UP_TWICE', { file }, details));
  if (definition['up'] === undefined) {
    const exports = Object.keys(definition);
    const suggestion = otherNamesOfUp.find((name) => exports.includes(name)) ?? closest('up', exports);
    problems.push(dunlinError('UP_MISSING', { file, exports, suggestion }, details));
  }
  for (const [key, value] of Object.entries(definition)) {
    if (value === undefined) continue;
    if (Object.hasOwn(keys, key)) {
      const [check, expected] = keys[key as keyof MigrationDefinition];
      if (!check(value))
        problems.push(dunlinError('DEFINITION_TYPE', { file, key, expected, found: describeValue(value) }, details));
    } else if (!isModule || isTypingError(key)) {
      const suggestion = closest(key, definitionKeys);
      problems.push(dunlinError('DEFINITION_KEY_UNKNOWN', { file, key, suggestion, known: definitionKeys }, details));
    }
  }
  problems.push(...disagreements(definition, origin), ...markersInCode(definition, origin));
  throwProblems(file, problems);
  return definition as unknown as MigrationDefinition;
}

type Unknowns = Readonly<Record<string, unknown>>;

/** The definition is the default export if the module itself has no `up`; else the module. */
function unwrap(exported: unknown): { definition: Unknowns; isModule: boolean; upTwice: boolean } {
  if (!isObject(exported)) return { definition: {}, isModule: true, upTwice: false };
  let inner = exported['default'];
  // CommonJS compiled from `export default` has a default within the default.
  if (isObject(inner) && inner['up'] === undefined && isObject(inner['default'])) inner = inner['default'];
  if (!isObject(inner)) return { definition: exported, isModule: true, upTwice: false };
  if (exported['up'] === undefined) return { definition: inner, isModule: false, upTwice: false };
  return { definition: exported, isModule: true, upTwice: inner['up'] !== undefined && inner['up'] !== exported['up'] };
}

function isObject(value: unknown): value is Unknowns {
  return typeof value === 'object' && value !== null;
}

/** A module may export helpers, but a name one letter away from a key that protects data is a typing error. */
function isTypingError(key: string): boolean {
  return ['down', 'verify', 'destructive', 'foreignKeys', 'together'].some((known) => editDistance(key, known) === 1);
}

function disagreements(definition: Unknowns, { file, id, migration }: Origin): DunlinError[] {
  if (migration === undefined) return [];
  const { version, name } = definition;
  const problems: DunlinError[] = [];
  const disagree = (key: string, found: unknown, expected: unknown): void => {
    const facts = { file, key, found: String(found), expected: String(expected) };
    problems.push(dunlinError('DEFINITION_DISAGREES', facts, { migration }));
  };
  if (typeof version === 'number' && version !== migration.version) disagree('version', version, migration.version);
  // The name may include the version: `001_destination_memory`.
  if (typeof name === 'string' && name !== migration.name && name !== id) disagree('name', name, migration.name);
  return problems;
}

function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' || typeof value === 'function')
    return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
  return `the ${typeof value} ${typeof value === 'string' ? JSON.stringify(value) : String(value)}`;
}

/**
 * An error for each SQL string of a definition that has UP and DOWN markers. The whole string runs, so if a file was
 * read into `up`, its DOWN part would undo its UP part.
 */
function markersInCode(definition: Readonly<Record<string, unknown>>, origin: Origin): readonly DunlinError[] {
  return ['up', 'down'].flatMap((key) => {
    const text = definition[key];
    // Without comments there is nothing to tokenise.
    if (typeof text !== 'string' || !/--|\/\*/.test(text)) return [];
    const script = readScript(text, origin);
    const found = script === undefined ? undefined : markerIn(script);
    if (found === undefined) return [];
    const details = origin.migration === undefined ? {} : { migration: origin.migration };
    return [dunlinError('MARKER_FOREIGN', { at: `the \`${key}\` of ${origin.file}`, key, ...found }, details)];
  });
}

function markerIn(script: Script): { readonly marker: string; readonly tool: string } | undefined {
  const own = findMarkers(script)[0];
  if (own !== undefined) return { marker: own.comment.text, tool: 'SQL files' };
  const foreign = findForeignMarker(script);
  return foreign === undefined ? undefined : { marker: foreign.comment.text, tool: foreign.tool };
}

/** Undefined for a text that is not SQL; SQLite reports that when it runs. */
function readScript(text: string, origin: Origin): Script | undefined {
  try {
    return new Script(text, origin);
  } catch {
    return undefined;
  }
}

/** `isUnfilled` for the `up` of a definition. */
export function isUnfilledCode(up: MigrationDefinition['up']): boolean {
  return typeof up === 'string' ? isUnfilled(up) : emptyFunction.test(Function.prototype.toString.call(up));
}

/** The text of a function that is empty, or only calls `exec` without SQL as the template does. */
const emptyFunction =
  /^(?:async\b\s*)?(?:function\b\s*)?[\w$]*\s*(?:\(\s*[\w$]*\s*\)|[\w$]+)\s*(?:=>\s*)?(?:\{\s*(?:(?:return\s+|await\s+)*[\w$]+\.exec\(\s*(?:``|''|"")?\s*\)\s*;?)?\s*\}|[\w$]+\.exec\(\s*(?:``|''|"")?\s*\))$/;
