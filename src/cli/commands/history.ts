import type { Attempt } from '../../ledger/types.ts';
import type { HistoryEntry } from '../../operations/history.ts';
import type { Command } from '../command.ts';
import { eachDatabase } from '../each-database.ts';
import { exit } from '../exit-codes.ts';
import type { Style } from '../output/color.ts';
import { duration, migrationId, time } from '../output/format.ts';
import { historyDocument } from '../output/json.ts';
import { table } from '../output/table.ts';

export const history: Command = {
  name: 'history',
  summary: 'show every attempt and how it ended, newest first',
  target: 'database',
  options: [{ flags: '-n, --limit <count>', description: 'how many runs to show (default: 20)' }],
  examples: [
    { command: 'dunlin history', does: 'the last 20 runs' },
    { command: 'dunlin history --limit 1 --json', does: 'the last one as data' },
  ],
  run: (context, args) => {
    const limit = args.count('limit') ?? 20;
    return eachDatabase(context, args, {
      missing: 'empty',
      work: async (runner) => {
        const entries = await runner.history({ limit });
        context.print(...renderHistory(entries, runner.database, context));
        return { exit: exit.done, document: historyDocument(entries) };
      },
    });
  },
};

/** The runs, the newest first, each with what it attempted. */
export function renderHistory(entries: readonly HistoryEntry[], database: string, { colors, width }: Style): string[] {
  if (entries.length === 0) return [`${database} has no history: nothing was attempted yet`];
  const rows = entries.map((entry) => [
    time(entry.startedAt),
    isRedo(entry) ? 'redo' : entry.direction,
    entry.status,
    took(entry),
    what(entry),
    [entry.tool ?? '', entry.host === null ? '' : `on ${entry.host}`].filter((part) => part !== '').join(' '),
  ]);
  return table(
    [
      { title: 'started' },
      { title: 'run' },
      { title: 'ended' },
      { title: 'took', align: 'right' },
      { title: 'migrations', below: true },
      { title: 'by', below: true },
    ],
    rows,
    {
      width,
      title: colors.dim,
      style: (text, row, column) => (column === 2 && entries[row]!.status !== 'ok' ? colors.red(text) : text),
    },
  );
}

/** An adoption and a baseline run nothing, so nothing took any time. */
function took(attempt: Attempt): string {
  return attempt.finishedAt === null || attempt.direction === 'adopt' || attempt.direction === 'baseline'
    ? ''
    : duration(Math.max(0, Date.parse(attempt.finishedAt) - Date.parse(attempt.startedAt)));
}

/** Only a `redo` goes down and up in one run. */
function isRedo(entry: HistoryEntry): boolean {
  return entry.direction === 'down' && entry.migrations.some((one) => one.direction === 'up');
}

/** "001_users to 004_split_names; 005_orders failed: no such column". */
function what(entry: HistoryEntry): string {
  const ref = (one: Attempt): string => migrationId({ version: one.version ?? 0, name: one.name ?? '' });
  const ok = entry.migrations.filter((one) => one.status === 'ok');
  const done = isRedo(entry) ? ok.filter((one) => one.direction === 'up') : ok;
  const parts: string[] = [];
  if (done.length <= 2) parts.push(...done.map(ref));
  else parts.push(`${ref(done[0]!)} to ${ref(done.at(-1)!)} (${done.length})`);
  for (const one of entry.migrations) {
    if (one.status !== 'ok')
      parts.push(`${ref(one)} ${one.status}${one.errorCode === null ? '' : ` ${one.errorCode}`}`);
  }
  if (parts.length === 0 && entry.errorCode !== null) parts.push(entry.errorCode);
  return parts.join(', ');
}
