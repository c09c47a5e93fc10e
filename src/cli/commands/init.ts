import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { configIn, findConfig, shownFrom } from '../../node/config.ts';
import { parseDatabase } from '../../node/database-url.ts';
import { moduleEnding } from '../../node/scaffold.ts';
import type { Arguments } from '../arguments.ts';
import type { Command } from '../command.ts';
import { databaseFiles } from '../database-files.ts';
import { exit } from '../exit-codes.ts';

type ConfigFormat = 'json' | 'ts' | 'mjs';

interface Settings {
  readonly databases: readonly string[];
  readonly migrations: string;
}

export const init: Command = {
  name: 'init',
  summary: 'write a configuration and make the migrations directory',
  description: 'Writes nothing that exists already, and creates no database: `up` does.',
  target: 'directory',
  options: [
    {
      flags: '--format <ending>',
      description: 'of the configuration: json (the default), ts (mts where a .ts file would be CommonJS) or mjs',
      completes: ['json', 'ts', 'mjs'],
    },
    { flags: '--here', description: 'in this folder, although one above has a configuration' },
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
      writeFileSync(resolve(cwd, file), configText(settings, format), { flag: 'wx' });
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
    // Directories of a configuration that was there before are its own matter.
    for (const directory of existing === undefined ? directories(settings) : []) {
      if (existsSync(resolve(cwd, directory))) continue;
      mkdirSync(resolve(cwd, directory), { recursive: true });
      created.push(`${directory}/`);
    }
    if (context.mode === 'text') {
      context.print(...created.map((name) => `created ${name}`));
      const next = 'Next: `dunlin create <name>` writes a migration, `dunlin up` applies it.';
      context.print('', ...context.fold(next));
    } else context.printJson({ command: 'init', ok: true, created }, 2);
    return exit.done;
  },
};

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
  // What cannot name a database would be found out by the next command only.
  for (const name of named) parseDatabase(name, cwd);
  const found = databaseFiles(cwd);
  const guess = found.length === 1 ? found[0]! : 'app.db';
  const migrations =
    existsSync(join(cwd, 'db/migrations')) && !existsSync(join(cwd, 'migrations')) ? 'db/migrations' : 'migrations';
  return { databases: named.length > 0 ? named : [guess], migrations: args.path('migrations') ?? migrations };
}

function directories({ databases, migrations }: Settings): string[] {
  return databases.length === 1 ? [migrations] : databases.map((path) => `${migrations}/${nameOf(path)}`);
}

function configText(settings: Settings, format: ConfigFormat): string {
  const { databases, migrations } = settings;
  const config =
    databases.length === 1
      ? { database: databases[0], migrations }
      : {
          databases: Object.fromEntries(
            databases.map((path) => [nameOf(path), { path, migrations: `${migrations}/${nameOf(path)}` }]),
          ),
        };
  const json = JSON.stringify(config, undefined, 2);
  if (format === 'json') return `${json}\n`;
  return `import { defineConfig } from 'dunlin';\n\nexport default defineConfig(${json});\n`;
}

function nameOf(path: string): string {
  return basename(path, extname(path));
}
