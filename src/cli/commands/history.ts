import type { Command } from '../command.ts';
import { eachDatabase } from '../each-database.ts';
import { exit } from '../exit-codes.ts';
import { historyDocument } from '../output/json.ts';
import { renderHistory } from '../output/history.ts';

export const history: Command = {
  name: 'history',
  summary: 'show every attempt and how it ended, the newest first',
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
        if (context.mode !== 'text') {
          return { exit: exit.done, document: historyDocument(entries) };
        }
        context.print(...renderHistory(entries, runner.database, context));
        return { exit: exit.done, document: {} };
      },
    });
  },
};
