import { dunlinError, isPlain, shown, type DunlinError } from '../errors/index.ts';
import {
  type FormatFile,
  type MigrationDefinition,
  type MigrationSource,
  formatVersion,
  maxVersion,
  type SourceEntry,
  parseFileName,
  parseRepeatableName,
  type SourceContents,
} from '../migration/index.ts';
import { readFormat, type FormatOptions } from './formats/read-format.ts';

/** The accepted forms of migrations, besides a directory's path. */
export type MigrationsGiven =
  | MigrationSource
  | MigrationRecord
  | readonly (MigrationDefinition<never> | RepeatableDefinition)[];

/** A repeatable migration in a list of definitions: SQL that runs again whenever it changes. */
export interface RepeatableDefinition {
  readonly repeatable: true;
  /** `active_users`. */
  readonly name: string;
  /** With `-- dunlin: destructive` and a VERIFY part where it needs them. */
  readonly up: string;
}

/**
 * Makes a source of a record or an array of definitions; returns a source unchanged. `options` are about a record of the
 * files of another tool. Errors: `SOURCE_INVALID`.
 */
export function toSource(given: MigrationsGiven, options: FormatOptions = {}): MigrationSource {
  return sourceFrom(given, (record) => recordSource(record, undefined, options));
}

/** `toSource` without the formats of other tools, so that a bundle need not have them. */
export function toPlainSource(given: MigrationsGiven): MigrationSource {
  return sourceFrom(given, plainSource);
}

function sourceFrom(given: MigrationsGiven, ofRecord: (record: MigrationRecord) => MigrationSource): MigrationSource {
  if (Array.isArray(given)) return definitionsSource(given);
  if (typeof given === 'object' && given !== null) {
    if (isSource(given)) return given;
    // A Map, a URL or a promise has no own entries, so it would look like an empty record.
    if (isPlain(given)) return ofRecord(given as MigrationRecord);
  }
  throw dunlinError('SOURCE_INVALID', { given: typeof given === 'string' ? `the text ${shown(given)}` : shown(given) });
}

function isSource(given: object): given is MigrationSource {
  return 'read' in given && typeof given.read === 'function' && 'name' in given && typeof given.name === 'string';
}

/** The result of a bundler's glob import: file name or path to text, module, or a function that imports it. */
export type MigrationRecord = Readonly<
  Record<string, string | MigrationDefinition<never> | { readonly default: unknown } | (() => unknown)>
>;

/**
 * A source of migrations from an array of definitions, each with its `version` and `name`. The order in the array does
 * not matter. The name may repeat the version, as in `001_destination_memory`.
 *
 * Edits of SQL in them are detected; edits of functions are not, because a bundler may change a function's text in every
 * build.
 */
export function definitionsSource(
  definitions: readonly (MigrationDefinition<never> | RepeatableDefinition)[],
  name: string = 'the given list',
): MigrationSource {
  return {
    name,
    read: () => {
      const problems: DunlinError[] = [];
      const entries = definitions.flatMap((definition, i): SourceEntry[] => {
        if (isRepeatableDefinition(definition)) {
          const id = `R__${definition.name}`;
          const wrong = wrongKey(definition);
          if (wrong === undefined) return [{ name: `${id}.sql`, path: id, content: definition.up }];
          problems.push(dunlinError('REPEATABLE_INVALID', { file: id, ...wrong }));
          return [];
        }
        const missing = missingKey(definition);
        if (missing !== undefined) {
          problems.push(dunlinError('DEFINITION_INCOMPLETE', { position: i + 1, missing }));
          return [];
        }
        const id = idOf(definition.version!, definition.name!);
        // Like a module's default export, in which an unknown key is an error.
        return [
          { name: `${id}.js`, path: id, content: undefined, module: definition, load: () => ({ default: definition }) },
        ];
      });
      return { entries, others: [], problems };
    },
  };
}

function isRepeatableDefinition(
  definition: MigrationDefinition<never> | RepeatableDefinition | null | undefined,
): definition is RepeatableDefinition {
  return typeof definition === 'object' && definition !== null && 'repeatable' in definition;
}

function wrongKey(definition: RepeatableDefinition): { readonly fact: string; readonly way: string } | undefined {
  const { repeatable, up } = definition;
  if (repeatable !== true) return { fact: 'has a `repeatable` that is not true', way: 'Write `repeatable: true`.' };
  const other = Object.keys(definition).find((key) => !['repeatable', 'name', 'up'].includes(key));
  if (other !== undefined)
    return {
      fact: `has \`${other}\`, and a repeatable definition has \`repeatable\`, \`name\` and \`up\` only`,
      way: 'Leave it out. Intended losses are a line in the SQL: `-- dunlin: destructive`.',
    };
  if (typeof up === 'string') return undefined;
  return { fact: 'has an `up` that is not text', way: 'Give the SQL: only its text shows whether it has changed.' };
}

function missingKey(definition: MigrationDefinition<never> | null | undefined): string | undefined {
  const { version, name } = definition ?? {};
  const isVersion = typeof version === 'number' && Number.isInteger(version) && version >= 0 && version <= maxVersion;
  if (!isVersion) return 'version';
  return typeof name === 'string' && name !== '' ? undefined : 'name';
}

function idOf(version: number, name: string): string {
  const digits = /^(\d+)_/.exec(name)?.[1];
  return digits !== undefined && Number(digits) === version ? name : `${formatVersion(version)}_${name}`;
}

/**
 * A source of migrations from a record, such as a bundler's glob import makes. Keys are file names or paths (directories
 * are ignored). Values are the text of an SQL file, or for code the module, a definition, or a function that imports the
 * module. A key without an ending is SQL if its value is text, else code.
 *
 * ```ts
 * recordSource({
 *   ...import.meta.glob('./migrations/*.sql', { eager: true, query: '?raw', import: 'default' }),
 *   ...import.meta.glob('./migrations/*.ts'),
 * });
 * ```
 *
 * With a `format` the record has all files of that tool's folder, with their directories and Drizzle's journal.
 */
export function recordSource(
  record: MigrationRecord,
  name: string = 'the given record',
  options: FormatOptions = {},
): MigrationSource {
  if (options.format === undefined || options.format === 'dunlin') return plainSource(record, name);
  return { name, read: () => readFormat(name, filesOf(record), options)! };
}

function plainSource(record: MigrationRecord, name: string = 'the given record'): MigrationSource {
  return { name, read: () => read(record) };
}

/** The files of a record; their names begin below the directory that all have in common. */
function filesOf(record: MigrationRecord): readonly FormatFile[] {
  const found = Object.entries(record).map(([path, value]) => {
    const parts = path.replace(/[?#].*$/, '').split(/[/\\]/);
    return { path, value, parts };
  });
  const [first] = found;
  // A migration's own directory is no common one, even if there is only one migration.
  const longest = Math.min(...found.map(({ parts }) => parts.length - (ownDirectory.test(parts.at(-1)!) ? 2 : 1)));
  let common = 0;
  while (common < longest && found.every(({ parts }) => parts[common] === first!.parts[common])) common++;
  return found
    .map(({ path, value, parts }) => formatFile(parts.slice(common).join('/'), path, value))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const ownDirectory = /^(?:migration|up|down)\.sql$/;

function formatFile(name: string, path: string, value: unknown): FormatFile {
  const content = isObject(value) ? (value['default'] ?? value) : value;
  const text = typeof content === 'string' ? content : undefined;
  return {
    name,
    path,
    // Bundlers make an object of a JSON file.
    content: () => text ?? (name.endsWith('.json') ? JSON.stringify(content) : ''),
    load: () => (typeof value === 'function' ? value() : value),
  };
}

function read(record: MigrationRecord): SourceContents {
  const entries: SourceEntry[] = [];
  const others: string[] = [];
  const problems: DunlinError[] = [];
  for (const [path, value] of Object.entries(record)) {
    const file = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).replace(/[?#].*$/, '');
    const name = /\.[a-z]\w*$/i.test(file) ? file : `${file}.${typeof value === 'string' ? 'sql' : 'js'}`;
    const repeatable = inRepeatableFolder(path) ?? (parseRepeatableName(name) && name);
    if (repeatable === undefined && parseFileName(name).kind === 'ignored') {
      others.push(withFolder(path, file));
      continue;
    }
    const kind = name.toLowerCase().endsWith('.sql') ? 'sql' : 'code';
    const entry = kind === 'sql' ? sqlEntry(value) : codeEntry(value);
    if (typeof entry === 'string') {
      problems.push(dunlinError('SOURCE_VALUE_INVALID', { file: path, fact: entry, way: ways[kind] }));
      // No spread: V8 makes an object with a spread twenty times slower.
    } else
      entries.push({ name: repeatable ?? name, path, content: entry.content, load: entry.load, module: entry.module });
  }
  return { entries, others, problems };
}

/** The name of a file in the folder of repeatable migrations: `repeatable/active_users.sql`. */
function inRepeatableFolder(path: string): string | undefined {
  return /(?:^|[/\\])(repeatable[/\\][^/\\?#]+)(?:[?#].*)?$/i.exec(path)?.[1]!.replaceAll('\\', '/');
}

/** Tools that keep each migration in its own directory give all files the same name, so keep the directory's. */
function withFolder(path: string, file: string): string {
  const folder = /([^/\\]+)[/\\][^/\\]*$/.exec(path)?.[1];
  return folder !== undefined && /^(?:migration|up|down)\.sql$/i.test(file) ? `${folder}/${file}` : file;
}

const ways = {
  sql: "Give the text itself: with Vite `import.meta.glob('./*.sql', { eager: true, query: '?raw', import: 'default' })`, with esbuild `--loader:.sql=text`.",
  code: 'Give the module, a definition, or a function that imports the module.',
};

type Given = Pick<SourceEntry, 'content' | 'load' | 'module'>;

/** The entry, or the problem with the value. */
function sqlEntry(value: unknown): Given | string {
  const text = isObject(value) ? value['default'] : value;
  if (typeof text === 'string') return { content: text };
  if (typeof text === 'function') return 'is a function, but the text of SQL has to be at hand when the run begins';
  return 'is not text';
}

function codeEntry(value: unknown): Given | string {
  if (typeof value === 'function') return { content: undefined, load: () => value() };
  if (isObject(value)) return { content: undefined, module: value, load: () => value };
  if (typeof value === 'string') return 'is given as text';
  return 'is neither a module nor a definition nor a function';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
