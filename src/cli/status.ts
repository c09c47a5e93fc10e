import type { CliRunner } from './runner.ts';
import { readStatus } from '../operations/index.ts';
import { partsOf } from '../node/runner-parts.ts';
import { checkRunOptions, Session } from '../runner/index.ts';
import { status } from './commands/status.ts';
import { runProcess } from './process.ts';
import type { DriverName } from '../node/driver.ts';

// `dunlin status` by itself, which is asked often: a third of the whole program.
runProcess([status], async ({ driver, database, migrations, ...options }) => {
  checkRunOptions(options);
  const opening = driver === undefined ? {} : { driver: driver as DriverName };
  const session = new Session(partsOf({ ...options, database, migrations, ...opening }), options);
  const runner: Pick<CliRunner, 'databaseName' | 'status' | 'close'> = {
    databaseName: session.database,
    status: () => session.read(readStatus),
    close: () => session.close(),
  };
  // The command asks for nothing else.
  return runner as CliRunner;
});
