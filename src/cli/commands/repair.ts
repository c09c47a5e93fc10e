import { structuredPatch } from 'diff';
import { dunlinError, plural } from '../../errors/index.ts';
import type { RepairChange } from '../../operations/repair.ts';
import type { Arguments } from '../arguments.ts';
import type { Command } from '../command.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import { eachDatabase } from '../each-database.ts';
import { exit, type ExitCode } from '../exit-codes.ts';
import { prepareDump } from '../keep-dump.ts';
import type { Colors } from '../output/color.ts';
import { migrationId } from '../output/format.ts';
import { schemaChange } from '../output/json.ts';
import { keptDump } from '../shared-options.ts';

export const repair: Command = {
  name: 'repair',
  summary: 'show and accept changes to applied migrations',
  description:
    'Shows how edited migrations differ from what was applied, and which files are missing, renamed, renumbered or have the number of another migration. With --accept, records the present state. Never changes the schema itself.',
  target: 'database',
  arguments: [{ name: '[versions...]', description: 'only these (default: all that differ)', completes: 'version' }],
  options: [
    { flags: '--accept', description: 'record the present state, after a question' },
    {
      flags: '--schema',
      description: 'record the present schema, after a question: accepts changes made by hand',
    },
    ...keptDump,
  ],
  examples: [
    { command: 'dunlin repair', does: 'show what differs' },
    { command: 'dunlin repair 3', does: 'show what was edited in 003, line by line' },
    { command: 'dunlin repair 3 --accept', does: 'take the present text of 003 as the applied one' },
    { command: 'dunlin repair --schema', does: 'accept what was changed in the schema by hand' },
  ],
  run: (context, args) => {
    const versions = args.positional.map((text) => args.parseVersion(text, 'The version'));
    const accept = args.flag('accept');
    args.exclude('schema', 'accept', 'The one is about the schema, the other about the texts of migrations.');
    if (args.flag('schema')) {
      if (versions.length > 0) throw args.wrong('--schema is about the whole schema, not about single versions');
      return acceptSchema(context, args);
    }
    return eachDatabase(context, args, {
      missing: 'refuse',
      work: async (runner, target) => {
        const all = await runner.repairs();
        const changes =
          versions.length === 0 ? all : all.filter((change) => versions.includes(change.migration.version));
        const sound = versions.find((version) => !all.some((change) => change.migration.version === version));
        if (sound !== undefined) throw dunlinError('NOTHING_TO_REPAIR', { version: sound });
        const name = runner.database;
        if (changes.length === 0) {
          context.say(`${name}: nothing differs from what was applied`);
          if ((await runner.status()).drift.length > 0)
            context.note('the schema is not as it was recorded: `dunlin repair --schema` shows how, and accepts it');
          return { exit: exit.done, document: { changes: [], accepted: false } };
        }
        if (!accept) {
          show(context, changes);
          const accepting = `dunlin ${['repair', ...versions, '--accept'].join(' ')}`;
          context.print('');
          context.say(`Nothing was changed. \`${accepting}\` records the present state; it runs nothing.`);
          return { exit: exit.done, document: { changes: changes.map(changeDocument), accepted: false } };
        }
        const file = target.dump;
        let output: Awaited<ReturnType<typeof prepareDump>> | undefined;
        const done = await runner.repair(
          changes.map((change) => change.migration.version),
          {
            confirm: async (found) => {
              show(context, found);
              context.print('');
              const what = `${plural(found.length, 'change')} to what ${name} records`;
              await confirm(context, args, { what: `Accepting ${what}`, question: `Accept ${what}?`, details: [] });
              if (file !== undefined) output = await prepareDump(context, args, target, file);
              return true;
            },
          },
        );
        context.say(`${name}: ${plural(done.length, 'change')} recorded`);
        const dump = await output?.(runner);
        const kept = dump === undefined ? {} : { dump };
        return { exit: exit.done, document: { changes: done.map(changeDocument), accepted: true, ...kept } };
      },
    });
  },
};

/** Shows how the schema differs from the recorded one, and records it after a question. */
function acceptSchema(context: Context, args: Arguments): Promise<ExitCode> {
  return eachDatabase(context, args, {
    missing: 'refuse',
    work: async (runner) => {
      const name = runner.database;
      const accepted = await runner.acceptSchema({
        confirm: async (drift) => {
          const what = `the schema of ${name} as it is`;
          const details = drift.flatMap(({ text }) => context.fold(`  ${text}`));
          if (context.mode === 'text') context.print(...details, '');
          return await confirm(context, args, {
            what: `Recording ${what}`,
            question: `Record ${what}?`,
            details: [],
          });
        },
      });
      context.print(
        accepted.length === 0
          ? `${name}: nothing differs from the recorded schema`
          : `${name}: the schema is recorded as it is`,
      );
      return { exit: exit.done, document: { schema: accepted.map(schemaChange) } };
    },
  });
}

function show(context: Context, changes: readonly RepairChange[]): void {
  context.print(...renderRepairs(changes, context.colors));
}

function changeDocument(change: RepairChange): Readonly<Record<string, unknown>> {
  const { kind, migration } = change;
  const base = { kind, version: migration.version, name: migration.name };
  if (change.kind === 'accept') {
    return { ...base, file: change.file, recorded: change.recorded ?? null, present: change.present };
  }
  if (change.kind === 'renumber')
    return { ...base, file: change.file, to: { version: change.to.version, name: change.to.name } };
  if (change.kind === 'rename') return { ...base, to: change.to };
  const { other } = change;
  return other === undefined
    ? base
    : { ...base, other: { file: other.file, recorded: other.recorded ?? null, present: other.present } };
}

/** What differs from what was applied; an edited migration line by line. */
export function renderRepairs(changes: readonly RepairChange[], colors: Colors): string[] {
  return changes.flatMap((change, index) => [...(index === 0 ? [] : ['']), ...renderChange(change, colors)]);
}

type Change<Kind> = Extract<RepairChange, { readonly kind: Kind }>;

function renderChange(change: RepairChange, colors: Colors): string[] {
  const id = colors.bold(migrationId(change.migration));
  if (change.kind === 'forget') return renderForget(id, change, colors);
  if (change.kind === 'rename') return [`${id}  its file is now called ${change.to}`];
  if (change.kind === 'renumber')
    return [`${id}  its file is now ${migrationId(change.to)}  ${colors.dim(change.file)}`];
  const head = `${id}  edited after it was applied  ${colors.dim(change.file)}`;
  if (change.recorded === undefined)
    return [head, '', '  the text that was applied is not recorded, so the difference cannot be shown'];
  return [
    head,
    '',
    ...difference(change.recorded, change.present, colors),
    '',
    '  Accepting records the present text and runs none of it:',
    '  what the database lacks needs a new migration.',
  ];
}

function renderForget(id: string, { other }: Change<'forget'>, colors: Colors): string[] {
  if (other === undefined) return [`${id}  its file is missing; accepting forgets that it was applied`];
  return [
    `${id}  its number has another migration now  ${colors.dim(other.file)}`,
    '',
    ...(other.recorded === undefined ? [] : [...difference(other.recorded, other.present, colors), '']),
    '  Accepting forgets that it was applied; what it made stays, and the file there is pending.',
  ];
}

function difference(recorded: string, present: string, colors: Colors): string[] {
  const plain = (text: string): string => `${text.replace(/\r\n?/g, '\n').replace(/\n+$/, '')}\n`;
  const patch = structuredPatch('', '', plain(recorded), plain(present), '', '', { context: 3 });
  const lines = patch.hunks.flatMap((hunk, index) => [
    ...(index === 0 ? [] : [colors.dim('  ...')]),
    ...hunk.lines.map((line) => {
      if (line.startsWith('-')) return `  ${colors.red(line)}`;
      return `  ${line.startsWith('+') ? colors.green(line) : line}`.trimEnd();
    }),
  ]);
  return [...lines, '', colors.dim('  - as applied   + as it is now')];
}
