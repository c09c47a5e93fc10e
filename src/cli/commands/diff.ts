import type { Command } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { extension, lockTimeout } from '../global-options.ts';
import { schemaChange } from '../output/json.ts';
import { renderDiff } from '../output/schema-diff.ts';
import { compareSchemas, unloadedNotes } from '../../schema/index.ts';
import { schemaSide } from '../schema-side.ts';

export const diff: Command = {
  name: 'diff',
  summary: 'show how two schemas differ, object by object',
  description:
    'Each side is a database (a path, a URL or a name from the configuration), an .sql file, or the version of a migration: then all migrations up to it run in a scratch database; 0 is the empty schema. White space, comments, the case of keywords and needless quotes are no difference. Reads only.',
  target: 'directory',
  arguments: [
    { name: '<from>', description: 'a database, an .sql file or a version', completes: 'file' },
    { name: '<to>', description: 'the same', completes: 'file' },
  ],
  options: [
    { flags: '--exit-code', description: 'exit with 3 when they differ' },
    lockTimeout,
    extension,
    {
      flags: '--driver <name>',
      description: 'the SQLite library that opens the files',
      completes: ['node:sqlite', '@photostructure/sqlite', 'better-sqlite3', 'better-sqlite3-multiple-ciphers'],
    },
    {
      flags: '--layout <name>',
      description: 'how the tracking table looks: standard, filename or semver',
      completes: ['standard', 'filename', 'semver'],
    },
    { flags: '--table <name>', description: 'the name of the tracking table (default: schema_migrations)' },
  ],
  examples: [
    { command: 'dunlin diff 3 7', does: 'what 004 to 007 change' },
    { command: 'dunlin diff 12 app.db', does: 'what the database has that its migrations do not make' },
    { command: 'dunlin diff app.db schema.sql --exit-code', does: 'in CI: is the dump up to date?' },
  ],
  run: async (context, args) => {
    const [from = '', to = ''] = args.positional;
    const before = await schemaSide(context, args, from, to);
    const after = await schemaSide(context, args, to, from);
    const [was, is] = [await before.read(), await after.read()];
    const changes = compareSchemas(was, is);
    for (const [side, { unloaded }] of [[before, was] as const, [after, is] as const])
      for (const note of unloadedNotes(unloaded)) context.note(`${side.name}: ${note}`);
    const code = args.flag('exitCode') && changes.length > 0 ? exit.found : exit.done;
    if (context.mode !== 'text') {
      const document = { from: before.name, to: after.name, changes: changes.map(schemaChange) };
      context.printJson({ command: 'diff', ok: code === exit.done, ...document }, 2);
      return code;
    }
    const { colors, width } = context;
    context.print(...renderDiff(changes, { from: before.name, to: after.name, colors, width }));
    return code;
  },
};
