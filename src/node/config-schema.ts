import { formatNames } from '../source/index.ts';
import type { BackupOptions } from '../backup/options.ts';
import type { ConfigRunOptions } from './config.ts';

/** The used part of a JSON schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;
/** Each option has a schema; a new option without one does not compile. */
type SchemaOf<Options> = { readonly [Key in keyof Options]-?: JsonSchema };

const text = (description: string): JsonSchema => ({ description, type: 'string', minLength: 1 });
const choice = (description: string, ...words: readonly string[]): JsonSchema => ({ description, enum: words });
const object = (description: string, properties: JsonSchema, required: readonly string[] = []): JsonSchema => ({
  description,
  ...only(properties, required),
});
const only = (properties: JsonSchema, required: readonly string[]): JsonSchema => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...(required.length === 0 ? {} : { required }),
});
const name: JsonSchema = { type: 'string', minLength: 1 };

const tableName: JsonSchema = { type: 'string', minLength: 1, pattern: '^(?![sS][qQ][lL][iI][tT][eE]_)[^\\u0000]*$' };

const backups: SchemaOf<BackupOptions> = {
  directory: text('Each database has a folder of its own in it. Default: <database>-backups beside the database.'),
  keep: { description: 'The most backups to keep. Default 5.', type: 'integer', minimum: 1 },
  maxAgeDays: { description: 'The maximum age of backups in days.', type: 'number', exclusiveMinimum: 0 },
  maxBytes: { description: 'The maximum total size of backups in bytes.', type: 'number', minimum: 0 },
  compress: { description: 'Whether all but the newest are compressed. Default true.', type: 'boolean' },
};

/** Options with functions, which JSON cannot have. */
const shared: SchemaOf<Omit<ConfigRunOptions, 'functions' | 'prepare'>> = {
  format: choice('The tool whose migration files these are. Default: as the files show it.', ...formatNames),
  placeholders: {
    description: 'The values of ${name} in files of Flyway and goose.',
    type: 'object',
    additionalProperties: { type: 'string' },
  },
  layout: choice('How the tracking table looks. Default standard.', 'standard', 'filename', 'semver'),
  tables: object("The names of Dunlin's own tables.", { migrations: tableName, attempts: tableName }),
  outOfOrder: choice('Whether a migration below the newest applied one may run. Default error.', 'error', 'allow'),
  otherTool: choice(
    'Whether a database that another tool has migrated may be migrated. Default error.',
    'error',
    'allow',
  ),
  mirror: {
    description:
      "Whether runs keep the tracking table of another tool in step: true for the tool from which the database was adopted, or the tool's name. Default false.",
    anyOf: [{ type: 'boolean' }, { type: 'string', minLength: 1 }],
  },
  emptyMigrations: choice('Whether a migration that was not filled in may run. Default error.', 'error', 'allow'),
  drift: choice('Whether a schema that was changed by hand is a note or stops a run. Default note.', 'note', 'error'),
  atomic: choice('What a failure rolls back: its migration, or the whole run. Default migration.', 'migration', 'run'),
  commit: {
    description:
      'When to commit: at the end of the run, after each migration, or every so many ms. Default: short runs at the end, long ones after each migration.',
    anyOf: [{ enum: ['run', 'migration'] }, only({ everyMs: { type: 'integer', minimum: 1 } }, ['everyMs'])],
  },
  destructive: {
    description:
      'What migrations that cannot be edited may lose: by version or file name, true for anything or a list of tables and columns.',
    type: 'object',
    patternProperties: {
      '^[1-9]\\d*$|\\D': { anyOf: [{ const: true }, { type: 'array', items: name }] },
    },
    additionalProperties: false,
  },
  together: {
    description:
      'Sets of migrations that are applied as one; losses are checked after the last. For example [[301, 302, 303]].',
    type: 'array',
    items: { type: 'array', items: { type: 'integer', minimum: 1 }, minItems: 2 },
  },
  guards: choice(
    'How rebuilt tables are checked: every value, or the number of rows only. Default values.',
    'values',
    'count',
  ),
  rebuilds: choice(
    'Whether a rebuild in SQL keeps what it leaves out: indexes, triggers, COLLATE, STRICT, AUTOINCREMENT. Default keep for Drizzle and Prisma, else as-written.',
    'keep',
    'as-written',
  ),
  verify: choice('How thoroughly the file is checked after a run. Default auto.', 'auto', 'full', 'off'),
  backup: choice('Before which runs a backup is made. Default always.', 'always', 'risky', 'off'),
  backups: object('Where backups go and how many are kept.', backups),
  lockTimeoutMs: { description: 'How long to wait for other processes. Default 30000.', type: 'number', minimum: 0 },
  doubleQuotedStrings: {
    description: 'Whether text in double quotes that is no name is a string. Default false.',
    type: 'boolean',
  },
  extensions: {
    description: 'Extensions of SQLite that the schema needs.',
    type: 'array',
    items: { anyOf: [name, only({ path: name, entryPoint: name }, ['path'])] },
  },
};

const database = text('The database file, or an sqlite: or file: URL. A relative path counts from this file.');
const ofOne: JsonSchema = {
  migrations: text('The directory of the migrations. A relative path counts from this file.'),
  seeds: {
    description: 'Directories of SQL files, or files, that `dunlin seed` runs. Default: seeds.',
    anyOf: [name, { type: 'array', items: name, minItems: 1 }],
  },
  driver: text('The SQLite library that opens the file. Default: the first that is installed.'),
  dump: text('A file to keep up to date with the schema: SQL, or a diagram, by its ending.'),
  development: {
    description: 'Whether `dunlin dev` may work on it: true without asking, false never. Default: it asks.',
    type: 'boolean',
  },
  numbering: choice('How `create` numbers files. Default: like the newest file.', 'sequential', 'timestamp'),
  ...shared,
};
const $schema = text('Where this schema is, for editors; Dunlin does not read it.');

/** The JSON schema of `dunlin.config.json`, for completion and validation in editors. */
export const configSchema: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Configuration of Dunlin',
  anyOf: [
    object(
      'Several databases, by name.',
      {
        $schema,
        databases: {
          description: 'The databases, by name.',
          type: 'object',
          minProperties: 1,
          additionalProperties: object('One database.', { path: database, ...ofOne }, ['path']),
        },
        default: text('The database that commands use when none is named.'),
      },
      ['databases'],
    ),
    object('One database.', { $schema, database, ...ofOne }),
  ],
};
