import { dunlinError } from '../../errors/index.ts';
import type { FormatFile, FormatName } from '../../migration/index.ts';
import { kyselyOn } from './kysely.ts';
import { knexOn } from './knex.ts';
import { baseOf, byCodeUnits, byOwnNumber, ownText, peek, splitName, type Folder, type Format } from './format.ts';
import { run, type Opened, type ToolDatabase } from './tool-database.ts';
import { typeormOn } from './typeorm.ts';

/** A tool whose migrations are modules with `up` and `down`, each of which gets an object of the tool. */
interface CodeTool {
  readonly name: FormatName;
  readonly title: string;
  /** What is in the text of its modules. */
  readonly text: RegExp | undefined;
  /** What the tool's table calls a migration: the name of the file with or without its ending. */
  readonly key: 'file' | 'stem';
  /** Whether names are compared by the number in front first. */
  readonly byNumber?: boolean;
  /** The package that makes the object, loaded as the migration would. */
  readonly library?: readonly string[];
  /** Without the package there is less. */
  readonly without?: (db: ToolDatabase, file: FormatFile) => Opened;
  /** The arguments of `up` and `down`. */
  readonly open: (db: ToolDatabase, file: FormatFile, libraries: readonly unknown[]) => Opened | Promise<Opened>;
}

/** Modules; not declarations, tests and source maps. */
const moduleFile = /^[^/.]*\d[^/]*(?<!\.d|\.test|\.spec)\.[cm]?[jt]s$/;

function codeFormat(tool: CodeTool): Format {
  return {
    name: tool.name,
    title: tool.title,
    keyedBy: 'name',
    recognise: (files) => {
      const first = files.find(({ name }) => !name.includes('/') && (moduleFile.test(name) || name.endsWith('.sql')));
      if (first === undefined || tool.text === undefined || first.name.endsWith('.sql')) return undefined;
      const text = peek(first);
      return tool.text.test(text) && !/\bdunlin\b/.test(text) ? first.name : undefined;
    },
    read: (folder) => readModules(folder, tool),
  };
}

function readModules(folder: Folder, tool: CodeTool): void {
  const found = folder.files.filter(({ name }) => moduleFile.test(name));
  found.sort(
    (a, b) =>
      (tool.byNumber === true ? byOwnNumber(splitName(a.name), splitName(b.name)) : 0) || byCodeUnits(a.name, b.name),
  );
  for (const file of found) {
    const stem = file.name.replace(/\.[cm]?[jt]s$/, '');
    const named = { key: tool.key === 'file' ? baseOf(file.name) : stem, ...splitName(stem), id: stem };
    folder.add({
      ...ownText(named, file),
      load: (sync) => loadModule(file, tool, sync),
    });
  }
}

type Step = (...args: readonly unknown[]) => unknown;

/** A definition whose functions call those of the tool's module. */
async function loadModule(file: FormatFile, tool: CodeTool, sync: boolean): Promise<unknown> {
  const module = stepsOf(await file.load!(sync));
  const loading = Promise.all((tool.library ?? []).map((name) => file.library!(name)));
  const libraries = tool.without === undefined ? await loading : await loading.catch(() => undefined);
  const step = (part: Step | undefined) =>
    part === undefined
      ? undefined
      : async (db: ToolDatabase): Promise<void> => {
          const opened = libraries === undefined ? tool.without!(db, file) : await tool.open(db, file, libraries);
          try {
            await part(...opened.args);
          } finally {
            await opened.close?.();
          }
          if (opened.isRolledBack?.() === true) throw new Error(rolledBack);
        };
  const { destructive } = module;
  return {
    default: { up: step(module.up), down: step(module.down), ...(destructive !== undefined && { destructive }) },
  };
}

const rolledBack =
  'a transaction within the migration was rolled back, and a migration is rolled back as a whole or not at all';

interface Steps {
  readonly up: Step | undefined;
  readonly down: Step | undefined;
  /** As in Dunlin's own modules; the tool ignores it. */
  readonly destructive?: unknown;
}

/** What a module has: exports, those of the default export, or the methods of a class that it exports. */
function stepsOf(exports: unknown): Steps {
  const module = exports as Readonly<Record<string, unknown>>;
  for (const one of [module, module['default'], ...Object.values(module)]) {
    const object: unknown = isClass(one) ? new one() : one;
    if (isObject(object) && typeof object['up'] === 'function') {
      const { up, down, destructive } = object as Partial<Steps> & { readonly up: Step };
      return { up: up.bind(object), down: typeof down === 'function' ? down.bind(object) : undefined, destructive };
    }
  }
  return { up: undefined, down: undefined };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isClass(value: unknown): value is new () => unknown {
  return typeof value === 'function' && isObject(value.prototype) && typeof value.prototype['up'] === 'function';
}

/** An object that has some methods of a tool's; any other property is an error that names it. */
function partial(name: string, has: Readonly<Record<string, unknown>>, file: FormatFile, title: string): unknown {
  return new Proxy(has, {
    get: (target, key) => {
      // A promise asks whether its value is one.
      if (typeof key === 'symbol' || key === 'then' || Object.hasOwn(target, key)) return Reflect.get(target, key);
      const known = Object.keys(has).join(', ');
      const fact = `it uses ${name}.${key}, and of that object there is only ${known} here`;
      throw dunlinError('FORMAT_FILE', { file: file.path, tool: title, fact, way: 'Write that change as SQL.' });
    },
  });
}

/** The query runner where TypeORM is not installed: generated migrations use `query` alone. */
function queriesOn(db: ToolDatabase, file: FormatFile): Opened {
  const nothing = async (): Promise<void> => undefined;
  const query = async (sql: string, values: readonly unknown[] = []): Promise<unknown> =>
    (await run(db, sql, values)).rows;
  const transaction = { startTransaction: nothing, commitTransaction: nothing };
  return { args: [partial('queryRunner', { query, ...transaction }, file, 'TypeORM')] };
}

/** `queryInterface.sequelize.query(sql)` of Sequelize, and its types, which are looked up and not used. */
function sequelizeOn(db: ToolDatabase, file: FormatFile): Opened {
  const query = async (sql: string | { readonly query: string }): Promise<unknown> => {
    const { rows, changes } = await run(db, typeof sql === 'string' ? sql : sql.query, []);
    return [rows, changes];
  };
  const queryInterface = partial(
    'queryInterface',
    { sequelize: partial('sequelize', { query }, file, 'Sequelize') },
    file,
    'Sequelize',
  );
  const types: unknown = new Proxy(() => types, { get: () => types });
  return { args: [queryInterface, types] };
}

/** Of Umzug the context is the application's own; there is what most have: a way to execute SQL. */
function umzugOn(db: ToolDatabase, file: FormatFile): Opened {
  const query = async (sql: string, values: readonly unknown[] = []): Promise<unknown> =>
    (await run(db, sql, values)).rows;
  const sequelize = partial('context.sequelize', { query }, file, 'Umzug');
  const context = partial('context', { query, exec: query, run: query, all: query, sequelize }, file, 'Umzug');
  return { args: [{ context, name: baseOf(file.name), path: file.path }] };
}

/** The formats whose migrations are modules. */
export const codeFormats: readonly Format[] = [
  codeFormat({
    name: 'typeorm',
    title: 'TypeORM',
    text: /\bMigrationInterface\b|\bqueryRunner\b/,
    key: 'stem',
    byNumber: true,
    library: ['typeorm'],
    open: (db, _, [typeorm]) => typeormOn(db, typeorm),
    without: queriesOn,
  }),
  codeFormat({
    name: 'kysely',
    title: 'Kysely',
    text: /['"]kysely['"]/,
    key: 'stem',
    library: ['kysely'],
    open: (db, _, [kysely]) => kyselyOn(db, kysely),
  }),
  codeFormat({ name: 'sequelize', title: 'Sequelize', text: /\bqueryInterface\b/, key: 'file', open: sequelizeOn }),
  codeFormat({
    name: 'knex',
    title: 'Knex',
    text: /\bknex\b/i,
    key: 'file',
    library: ['knex', 'knex/lib/dialects/better-sqlite3/index.js'],
    open: (db, _, [knex, client]) => knexOn(db, knex, client),
  }),
  codeFormat({ name: 'umzug', title: 'Umzug', text: undefined, key: 'file', open: umzugOn }),
];
