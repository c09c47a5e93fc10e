import { parseArgs } from 'node:util';
import { readUpToDate } from '../operations/index.ts';
import { findConfig } from '../node/config.ts';
import { findDatabaseFile } from '../node/database-file.ts';
import { openSession } from '../node/open-session.ts';
import { Arguments } from './arguments.ts';
import { createContext, type CliHost } from './context.ts';
import { guarded } from './guarded-stream.ts';
import { whereNow } from './run-command.ts';
import { findTargets, requestOf } from './targets.ts';

/**
 * `up` with nothing pending, as at almost every start of an application: prints where the database is. Returns false,
 * without having printed or written anything, if there is anything else to do or to print, or anything fails; then the
 * whole program runs from the start. Configurations in code are left to it, because they would run twice.
 */
export async function sayUpToDate(argv: readonly string[]): Promise<boolean> {
  if (argv[0] !== 'up') return false;
  let line = '';
  try {
    const { values } = parseArgs({
      args: argv.slice(1),
      options: {
        database: { type: 'string', short: 'd', multiple: true },
        migrations: { type: 'string', short: 'm' },
        quiet: { type: 'boolean', short: 'q' },
      },
    });
    // The whole program has its own rules for values that look like options.
    if ([...(values.database ?? []), values.migrations ?? ''].some((value) => value.startsWith('-'))) return false;
    const config = findConfig(process.cwd());
    if (config !== undefined && !config.endsWith('.json')) return false;
    const args = new Arguments('up', [], { color: true, ...values });
    const context = createContext(
      hostThat((text) => (line += text)),
      args,
    );
    const targets = await findTargets(context, args);
    const [target] = targets;
    if (target === undefined || targets.length > 1 || target.dump !== undefined) return false;
    const { path, name, readOnly } = target.database;
    // A run refuses a read-only database, and a prepared connection may ask for a key: that must not happen twice.
    if (readOnly === true || target.prepare !== undefined) return false;
    if (path === undefined || !findDatabaseFile(path, name).exists) return false;
    // The whole program waits for locks, and says so.
    const session = openSession({ ...requestOf(target), lockTimeoutMs: 0 });
    try {
      const found = await session.read(readUpToDate);
      if (found === undefined) return false;
      context.say(whereNow(session.database, found));
    } finally {
      await session.close();
    }
  } catch {
    // The whole program fails in the same way, and reports it.
    return false;
  }
  if (line !== '') guarded(process.stdout).write(line);
  return true;
}

/** A host whose standard output goes to `write`. Everything else throws: it needs the whole program. */
function hostThat(write: (text: string) => void): CliHost {
  const refuse = (): never => {
    throw new TypeError('the whole program is needed');
  };
  const { stdout, env } = process;
  return {
    cwd: process.cwd(),
    env,
    get stdin(): never {
      return refuse();
    },
    stdout: { write, isTTY: stdout.isTTY, columns: stdout.columns },
    stderr: { write: refuse },
    get launcher(): never {
      return refuse();
    },
    openRunner: refuse,
    startMeter: refuse,
    onStopSignal: refuse,
    exit: refuse,
    startAgain: refuse,
    runShell: refuse,
  };
}
