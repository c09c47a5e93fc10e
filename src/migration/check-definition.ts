import { closest, dunlinError, editDistance, type DunlinError } from '../errors/index.ts';
import { markersInCode } from './markers-in-code.ts';
import type { Origin } from './position.ts';
import { throwProblems } from './problems.ts';
import type { MigrationDefinition } from './types.ts';

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

/** The names that other tools, and older programs, give to `up`. */
const otherNamesOfUp: readonly string[] = ['apply', 'migrate', 'upgrade', 'forward', 'run'];

/**
 * What a module exports, as a definition: by name (`export function up(db)`), or as its default export. Throws what is
 * wrong with it, all at once.
 *
 * @param exported a module's namespace, or a definition.
 * @param origin the file; version and name in the definition have to agree with it.
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
        problems.push(dunlinError('DEFINITION_TYPE', { file, key, expected, found: describe(value) }, details));
    } else if (!isModule || isSlip(key)) {
      const suggestion = closest(key, Object.keys(keys));
      problems.push(
        dunlinError('DEFINITION_KEY_UNKNOWN', { file, key, suggestion, known: Object.keys(keys) }, details),
      );
    }
  }
  problems.push(...disagreements(definition, origin), ...markersInCode(definition, origin));
  throwProblems(file, problems);
  return definition as unknown as MigrationDefinition;
}

type Unknowns = Readonly<Record<string, unknown>>;

/** The definition is the default export, if that has an `up`; else the module itself. */
function unwrap(exported: unknown): { definition: Unknowns; isModule: boolean; upTwice: boolean } {
  if (!isObject(exported)) return { definition: {}, isModule: true, upTwice: false };
  let inner = exported['default'];
  // CommonJS made from `export default` arrives with two defaults, one in the other.
  if (isObject(inner) && inner['up'] === undefined && isObject(inner['default'])) inner = inner['default'];
  if (!isObject(inner)) return { definition: exported, isModule: true, upTwice: false };
  if (exported['up'] === undefined) return { definition: inner, isModule: false, upTwice: false };
  return { definition: exported, isModule: true, upTwice: inner['up'] !== undefined && inner['up'] !== exported['up'] };
}

function isObject(value: unknown): value is Unknowns {
  return typeof value === 'object' && value !== null;
}

/** A module may export its helpers, but hardly one that is a slip away from a word that keeps data safe. */
function isSlip(key: string): boolean {
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
  // `001_destination_memory` is as good as `destination_memory`.
  if (typeof name === 'string' && name !== migration.name && name !== id) disagree('name', name, migration.name);
  return problems;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' || typeof value === 'function')
    return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
  return `the ${typeof value} ${typeof value === 'string' ? JSON.stringify(value) : String(value)}`;
}
