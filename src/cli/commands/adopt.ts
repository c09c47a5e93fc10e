import { plural } from '../../errors/index.ts';
import { toolNames } from '../../ledger/index.ts';
import type { AdoptOptions } from '../../operations/adopt.ts';
import type { Arguments } from '../arguments.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { eachDatabase } from '../each-database.ts';
import { exit, type ExitCode } from '../exit-codes.ts';
import { prepareDump } from '../keep-dump.ts';
import { adoptionDocument, renderAdoption } from '../output/adoption.ts';
import { ref } from '../output/json.ts';
import { keptDump } from '../shared-options.ts';

export const adopt: Command = {
  name: 'adopt',
  summary: 'take over a database that another tool has migrated',
  description:
    'Records as applied what the other tool has recorded, without running it. First these migrations run in a scratch database: its schema must be that of the database. The checksums of the other tool are computed again where it has any. Its own table stays as it is.',
  target: 'database',
  arguments: [
    {
      name: '[version]',
      description: 'the last version whose schema the database has (default: what the other tool has recorded)',
      completes: 'version',
    },
  ],
  options: [
    {
      flags: '--from <tool>',
      description: 'the tool, or its table, if several have records here',
      completes: [...toolNames, 'own', 'user_version'],
    },
    { flags: '--accept-differences', description: 'adopt it although it is not what these migrations make' },
    { flags: '--dry-run', description: 'show what was found; exit with 3 if the database differs' },
    { flags: '--undo', description: 'delete what an adoption has recorded, if nothing was recorded since' },
    ...keptDump,
  ],
  examples: [
    { command: 'dunlin adopt --dry-run', does: 'what another tool has recorded, and whether it is true' },
    { command: 'dunlin adopt', does: 'record it' },
    { command: 'dunlin adopt 12', does: 'the database has what 001 to 012 make' },
    { command: 'dunlin adopt --undo', does: 'as it was' },
  ],
  run: (context, args) => {
    args.exclude('undo', 'dryRun', 'What there is to undo is in `dunlin history`.');
    return args.flag('undo') ? undo(context, args) : take(context, args, optionsOf(args));
  },
};

function optionsOf(args: Arguments): AdoptOptions {
  const [first] = args.positional;
  const from = args.text('from');
  return {
    ...(first === undefined ? {} : { version: args.parseVersion(first, 'The version') }),
    ...(from === undefined ? {} : { from }),
    acceptDifferences: args.flag('acceptDifferences'),
  };
}

function take(context: Context, args: Arguments, options: AdoptOptions): Promise<ExitCode> {
  return eachDatabase(context, args, {
    missing: 'refuse',
    work: async (runner, target) => {
      const name = runner.database;
      const dry = args.flag('dryRun');
      const output =
        dry || target.dump === undefined ? undefined : await prepareDump(context, args, target, target.dump);
      const found = await (dry ? runner.readAdoption(options) : runner.adopt(options));
      if (context.mode === 'text') context.print(...renderAdoption(name, found).flatMap((line) => context.fold(line)));
      const count = plural(found.migrations.length, 'migration');
      const differs = found.differences.length > 0;
      if (found.migrations.length > 0) context.print('');
      if (found.migrations.length > 0)
        context.say(
          dry
            ? `Nothing was changed. \`${differs ? 'dunlin adopt --accept-differences' : 'dunlin adopt'}\` records ${count} as applied, and runs none`
            : `${count} recorded as applied, none of them ran; ${name} is at version ${found.migrations.at(-1)!.version}${found.pending.length === 0 ? '' : `, ${found.pending.length} pending`}`,
        );
      const dump = await output?.(runner);
      const kept = dump === undefined ? {} : { dump };
      const code = dry && differs ? exit.found : exit.done;
      return { exit: code, document: { ...adoptionDocument(found), ...kept } };
    },
  });
}

function undo(context: Context, args: Arguments): Promise<ExitCode> {
  return eachDatabase(context, args, {
    missing: 'refuse',
    work: async (runner) => {
      const { migrations, tablesDropped } = await runner.undoAdopt();
      const tables = tablesDropped ? ", and Dunlin's tables are gone" : '';
      context.say(`${runner.database}: the adoption of ${plural(migrations.length, 'migration')} is undone${tables}`);
      return { exit: exit.done, document: { migrations: migrations.map(ref), tablesDropped } };
    },
  });
}
