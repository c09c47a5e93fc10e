import { dunlinError, type DunlinError } from '../errors/index.ts';
import { parseFileName, type MigrationSource, type SourceContents, type SourceEntry } from '../migration/index.ts';
import type { MigrationRecord } from './types.ts';

/**
 * Migrations given as a record, which is what a bundler's glob import makes. Keys are file names, or paths that end in
 * them (directories do not count); values are the text of an SQL file, or for code the module, a definition, or a
 * function that imports the module. A key without an ending is SQL if its value is text, else code.
 *
 * ```ts
 * recordSource({
 *   ...import.meta.glob('./migrations/*.sql', { eager: true, query: '?raw', import: 'default' }),
 *   ...import.meta.glob('./migrations/*.ts'),
 * });
 * ```
 */
export function recordSource(record: MigrationRecord, name: string = 'the given record'): MigrationSource {
  return { name, read: () => read(record) };
}

function read(record: MigrationRecord): SourceContents {
  const entries: SourceEntry[] = [];
  const others: string[] = [];
  const problems: DunlinError[] = [];
  for (const [path, value] of Object.entries(record)) {
    const file = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).replace(/[?#].*$/, '');
    const name = /\.[a-z]\w*$/i.test(file) ? file : `${file}.${typeof value === 'string' ? 'sql' : 'js'}`;
    if (parseFileName(name).kind === 'ignored') {
      others.push(withFolder(path, file));
      continue;
    }
    const kind = name.toLowerCase().endsWith('.sql') ? 'sql' : 'code';
    const entry = kind === 'sql' ? sqlEntry(value) : codeEntry(value);
    if (typeof entry === 'string') {
      problems.push(dunlinError('SOURCE_VALUE_INVALID', { file: path, fact: entry, way: ways[kind] }));
      // Not as a spread behind the rest: for V8 an object made like that is twenty times as slow.
    } else entries.push({ name, path, content: entry.content, load: entry.load, module: entry.module });
  }
  return { entries, others, problems };
}

/** Tools that keep each migration in a directory give all files the same name. */
function withFolder(path: string, file: string): string {
  const folder = /([^/\\]+)[/\\][^/\\]*$/.exec(path)?.[1];
  return folder !== undefined && /^(?:migration|up|down)\.sql$/i.test(file) ? `${folder}/${file}` : file;
}

const ways = {
  sql: "Give the text itself: with Vite `import.meta.glob('./*.sql', { eager: true, query: '?raw', import: 'default' })`, with esbuild `--loader:.sql=text`.",
  code: 'Give the module, a definition, or a function that imports the module.',
};

type Given = Pick<SourceEntry, 'content' | 'load' | 'module'>;

/** The entry, or what is wrong with the value. */
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
