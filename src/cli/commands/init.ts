import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { configIn, findConfig, loadConfig, migrationsIn, shownFrom } from '../../node/config.ts';
import { parseDatabase } from '../../node/database-url.ts';
import { moduleEnding } from '../../node/scaffold.ts';
import type { Arguments } from '../arguments.ts';
import type { Command } from '../command.ts';
import { askYesNo } from '../confirm.ts';
import type { Context } from '../context.ts';
import { databaseFiles, stem } from '../database-files.ts';
import { exit } from '../exit-codes.ts';
import { addIgnores, isInRepository, missingIgnores, type UntrackedFiles } from '../git-ignore.ts';

type ConfigFormat = 'json' | 'ts' | 'mjs';

interface Settings {
  readonly databases: readonly string[];
  readonly migrations: string;
}

export const init: Command = {
  name: 'init',
  summary: 'write a configuration and create the migrations directory',
  description: 'Overwrites no file and creates no database; `dunlin up` creates it.',
  target: 'directory',
  options: [
    {
      flags: '--format <ending>',
      description: 'format of the configuration: json (the default), ts (mts where .ts is CommonJS) or mjs',
      completes: ['json', 'ts', 'mjs'],
    },
    {
      flags: '--gitignore',
      description: 'add the databases and the files beside them to .gitignore, without asking',
    },
    { flags: '--here', description: 'write it in this folder, even if one above has a configuration' },
  ],
  examples: [
    { command: 'dunlin init', does: 'dunlin.config.json and migrations/' },
    { command: 'dunlin init -d data/app.db -m db/migrations', does: 'with these paths in it' },
    { command: 'dunlin init -d settings.db -d graph.db', does: 'with two databases' },
  ],
  run: async (context, args) => {
    const { cwd } = context;
    const format = args.oneOf('format', ['json', 'ts', 'mjs'] as const) ?? 'json';
    const existing = args.flag('here') ? configIn(cwd) : findConfig(cwd);
    const file = existing === undefined ? `dunlin.config.${moduleEnding(cwd, format)}` : shownFrom(cwd, existing);
    const settings = settingsFor(cwd, args);
    const created: string[] = [];
    if (existing === undefined) {
      writeFileSync(resolve(cwd, file), configText(cwd, settings, format), { flag: 'wx' });
      created.push(file);
    } else {
      const isAbove = dirname(existing) !== cwd;
      context.note(
        isAbove
          ? `${file} holds in this folder too and was left as it is; \`dunlin init --here\` writes one for this folder alone`
          : `${file} exists already and was left as it is`,
      );
      const unused = isAbove ? [] : givenOptions(args);
      if (unused.length > 0)
        context.note(
          `${unused.join(' ')} was not written into it: edit ${file}, or remove it and run \`dunlin init\` again`,
        );
    }
    // An older configuration may have its directories elsewhere.
    for (const directory of existing === undefined ? directories(settings) : []) {
      if (existsSync(resolve(cwd, directory))) continue;
      mkdirSync(resolve(cwd, directory), { recursive: true });
      created.push(`${directory}/`);
    }
    const base = existing === undefined ? cwd : dirname(existing);
    const gitignore = await ignoreLocal(context, args, base, existing === undefined ? settings : undefined);
    if (context.mode === 'text') {
      context.print(...created.map((name) => `created ${name}`));
      if (gitignore.length > 0) context.print(`added to .gitignore: ${gitignore.join(' ')}`);
      const next = 'Next: `dunlin create <name>` writes a migration, `dunlin up` applies it.';
      context.print('', ...context.fold(next));
    } else context.printDocument({ command: 'init', ok: true, created, gitignore });
    return exit.done;
  },
};

/**
 * Adds what belongs to this machine to .gitignore: with --gitignore, or if the user says yes. Returns the added lines.
 * `settings` are those of a configuration that was just written.
 */
async function ignoreLocal(
  context: Context,
  args: Arguments,
  base: string,
  settings: Settings | undefined,
): Promise<readonly string[]> {
  const isAsked = args.flag('gitignore');
  if (!isAsked && !isInRepository(base)) return [];
  const lines = missingIgnores(base, await localFiles(base, settings, isAsked));
  if (lines.length === 0) return [];
  if (!isAsked) {
    const shown = lines.join(' ');
    if (context.mode !== 'text' || context.quiet || !context.interactive) {
      context.note(`git does not leave out what belongs to this machine; \`dunlin init --gitignore\` adds ${shown}`);
      return [];
    }
    if (!(await askYesNo(context, `Add ${shown} to .gitignore?`))) return [];
  }
  addIgnores(base, lines);
  return lines;
}

/** The files that belong to this machine. An older configuration that cannot be read is an error only if `must`. */
async function localFiles(base: string, settings: Settings | undefined, must: boolean): Promise<UntrackedFiles> {
  if (settings !== undefined) {
    const paths = settings.databases.map((path) => parseDatabase(path, base).path);
    return { databases: paths.filter((path) => path !== undefined), backupFolders: [] };
  }
  try {
    const { databases = [] } = (await loadConfig(base)) ?? {};
    return {
      databases: databases.flatMap(({ location }) => location?.path ?? []),
      backupFolders: databases.flatMap(({ options }) => options.backups?.directory ?? []),
    };
  } catch (error) {
    if (must) throw error;
    return { databases: [], backupFolders: [] };
  }
}

/** What the command line says about the configuration's content, as it was typed. */
function givenOptions(args: Arguments): string[] {
  const migrations = args.path('migrations');
  const format = args.text('format');
  return [
    ...args.texts('database').map((database) => `-d ${database}`),
    ...(migrations === undefined ? [] : [`-m ${migrations}`]),
    ...(format === undefined ? [] : [`--format ${format}`]),
  ];
}

function settingsFor(cwd: string, args: Arguments): Settings {
  const named = args.texts('database');
  // Otherwise only the next command would find a name that is no database.
  for (const name of named) parseDatabase(name, cwd);
  const found = databaseFiles(cwd);
  const guess = found.length === 1 ? found[0]! : 'app.db';
  return { databases: named.length > 0 ? named : [guess], migrations: args.path('migrations') ?? migrationsIn(cwd) };
}

function directories({ databases, migrations }: Settings): string[] {
  return databases.length === 1 ? [migrations] : databases.map((path) => `${migrations}/${stem(path)}`);
}

function configText(cwd: string, settings: Settings, format: ConfigFormat): string {
  const { databases, migrations } = settings;
  const schema = format === 'json' ? schemaPath(cwd) : undefined;
  const config =
    databases.length === 1
      ? { database: databases[0], migrations }
      : {
          databases: Object.fromEntries(
            databases.map((path) => [stem(path), { path, migrations: `${migrations}/${stem(path)}` }]),
          ),
        };
  const json = JSON.stringify(schema === undefined ? config : { $schema: schema, ...config }, undefined, 2);
  if (format === 'json') return `${json}\n`;
  return `import { defineConfig } from 'dunlin';\n\nexport default defineConfig(${json});\n`;
}

/** Where editors find the schema of the configuration: in the package, if the project has it. */
function schemaPath(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = join(folder, 'node_modules/dunlin/dist/config.schema.json');
    if (existsSync(file)) return shownFrom(cwd, file).replace(/^(?!\.)/, './');
    if (dirname(folder) === folder) return undefined;
  }
}
