import type { CliRunner } from './context.ts';
import { readStatus } from '../operations/index.ts';
import { openSession } from '../node/open-session.ts';
import { status } from './commands/status.ts';
import { runProcess } from './process.ts';

// `dunlin status` alone, because it is called often: a third of the whole program.
runProcess([status], async (request) => {
  const session = openSession(request);
  const runner: Pick<CliRunner, 'database' | 'status' | 'close'> = {
    database: session.database,
    status: () => session.read(readStatus),
    close: () => session.close(),
  };
  // The command uses nothing else.
  return runner as CliRunner;
});
