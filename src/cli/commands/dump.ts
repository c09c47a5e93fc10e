import { visible } from '../../errors/index.ts';
import type { Command } from '../command.ts';
import { eachDatabase } from '../each-database.ts';
import { exit } from '../exit-codes.ts';
import { formatOf, prepareOutput, type DumpFormat } from '../keep-dump.ts';
import type { Context, CliRunner } from '../context.ts';
import { unloadedNotes } from '../../schema/index.ts';

const formats: readonly DumpFormat[] = ['sql', 'mermaid', 'dot', 'svg', 'json'];

export const dump: Command = {
  name: 'dump',
  summary: 'print the schema as SQL, or as a diagram',
  description:
    'The SQL creates a database with the same schema and the same applied migrations: `sqlite3 -bail new.db < schema.sql`. It contains no rows. The same schema gives the same text on every machine. Reads only.',
  target: 'database',
  options: [
    { flags: '--format <name>', description: 'sql (the default), mermaid, dot, svg or json', completes: formats },
    {
      flags: '-o, --output <file>',
      description:
        'write it to this file (`-` for standard output); the ending chooses the format: .sql, .mmd, .dot, .svg, .json',
      completes: 'file',
    },
    { flags: '--no-tracking', description: "SQL without Dunlin's own tables" },
    { flags: '--views', description: 'show views in a diagram as well' },
  ],
  examples: [
    { command: 'dunlin dump -o schema.sql', does: 'the schema, to be kept in the repository' },
    { command: 'dunlin dump -o docs/schema.svg', does: 'a diagram of the tables' },
    { command: 'dunlin dump --format mermaid', does: 'one for a README' },
    { command: 'dunlin up --dump schema.sql', does: 'keep the file current' },
  ],
  run: (context, args) => {
    const named = args.path('output');
    const output = named === '-' ? undefined : named;
    const asked = args.oneOf('format', formats);
    const format = asked ?? formatOf(output ?? '') ?? 'sql';
    const tracking = !args.negated('tracking');
    const views = args.flag('views');
    if (format === 'sql' && views) throw args.wrong('--views is about diagrams: name one with --format');
    if (format !== 'sql' && !tracking)
      throw args.wrong("--no-tracking is about SQL: diagrams never show Dunlin's own tables");
    if (output === undefined && context.quiet && context.mode === 'text')
      throw args.wrong('With --quiet nothing is printed: name a file with --output');
    const isSeparate = output === undefined && context.mode !== 'text';
    return eachDatabase(context, args, {
      missing: 'refuse',
      // One behind the other they could not be loaded, and into one file they would overwrite each other.
      ...(isSeparate ? {} : { single: 'A dump is of one database: name it with --database' }),
      work: async (runner, target) => {
        const options = { format, tracking, views };
        await noteUnloaded(context, runner);
        if (output !== undefined) {
          const write = await prepareOutput(context, args, target, output, {
            hasRun: false,
            withoutTracking: !tracking,
            format: asked,
          });
          const { file, changed } = await write(runner, options);
          context.print(changed ? `${file} written` : `${file} is current`);
          return { exit: exit.done, document: { format, file, changed, text: null } };
        }
        const text = await runner.dump(options);
        // A file or a pipe gets the names as they are: it is to be loaded.
        if (context.mode === 'text') context.stdout.write(context.stdout.isTTY === true ? visible(text) : text);
        return { exit: exit.done, document: { format, file: null, changed: null, text } };
      },
    });
  },
};

/** Says which virtual tables of a database are not known here: a dump can be loaded only where their modules are. */
async function noteUnloaded(context: Context, runner: Pick<CliRunner, 'schema'>): Promise<void> {
  const { unloaded } = await runner.schema();
  if (unloaded === undefined) return;
  for (const note of unloadedNotes(unloaded)) context.note(note);
}
