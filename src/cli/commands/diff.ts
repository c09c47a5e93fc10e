import { compareSchemas, unloadedNotes } from '../../schema/index.ts';
import type { Command } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { connectionOptions, lockTimeout } from '../global-options.ts';
import { renderDiff } from '../output/diff.ts';
import { schemaChange } from '../output/json.ts';
import { schemaSide } from '../schema-side.ts';

export const diff: Command = {
  name: 'diff',
  summary: 'show how two schemas differ, object by object',
  description:
    'Each side is a database (a path, a URL or a name from the configuration), an .sql file, or a version: all migrations up to it run in a scratch database, and 0 is the empty schema. Ignores white space, comments, the case of keywords and needless quotes, and lists apart what is only written differently, such as a default in parentheses. Reads only.',
  target: 'directory',
  arguments: [
    { name: '<from>', description: 'a database, an .sql file or a version', completes: 'file' },
    { name: '<to>', description: 'the same', completes: 'file' },
  ],
  options: [
    { flags: '--exit-code', description: 'exit with 3 if they differ in effect' },
    lockTimeout,
    ...connectionOptions,
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
    const differ = changes.some(({ sameEffect }) => !sameEffect);
    const code = args.flag('exitCode') && differ ? exit.found : exit.done;
    if (context.mode !== 'text') {
      const document = { from: before.name, to: after.name, changes: changes.map(schemaChange) };
      context.printDocument({ command: 'diff', ok: code === exit.done, ...document });
      return code;
    }
    context.print(...renderDiff(changes, before.name, after.name, context));
    return code;
  },
};
