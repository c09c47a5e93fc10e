import { dunlinError, isRecord, must, shown, text, type Check, type Checks } from '../errors/index.ts';
import type { RunOptions } from '../lock/run-options.ts';
import { createRegistry } from '../migration/index.ts';
import { checkRunOptions, Session, type RunnerParts } from '../runner/index.ts';
import { toPlainSource, type MigrationsGiven } from '../source/index.ts';
import { announce } from './announce.ts';
import { bridgeFor, type WebDatabase } from './bridge-for.ts';
import { webHost } from './web-host.ts';

/** What a run in a browser is made from. The options of `dunlin` that need files do not exist here. */
export interface WebMigrateOptions extends Omit<
  RunOptions,
  'backup' | 'backups' | 'extensions' | 'doubleQuotedStrings' | 'prepare'
> {
  /** A `DB` of @sqlite.org/sqlite-wasm, a `Database` of sql.js, `{ sqlite3, db }` of wa-sqlite, or a `DatabaseBridge`. */
  readonly database: WebDatabase;
  /** A record of file name to text or module (what a bundler's glob import gives), or a list of definitions. */
  readonly migrations: MigrationsGiven;
  /** What messages call the database, and what other tabs hear before a run changes it (`onMigrating`). */
  readonly name?: string;
  /** A browser has no files for backups, and the notes of a result say so. `off` leaves that note out. */
  readonly backup?: 'off';
}

const anything: Check = () => undefined;

const webChecks: Checks = {
  database: anything,
  migrations: must('a record of file name to text or module, or a list of definitions', (value) =>
    ['object', 'string'].includes(typeof value),
  ),
  name: text,
};

const withFiles = ['backups', 'extensions', 'doubleQuotedStrings', 'prepare'];

/**
 * Checks the options and makes a session. `others` are the checks of options that the caller also accepts. Errors:
 * `OPTION_INVALID`, also for an option that needs files; `HANDLE_CLOSED`, `HANDLE_UNKNOWN`, `SOURCE_INVALID`.
 */
export function openSession(options: WebMigrateOptions, others: Checks = {}): Session {
  if (isRecord(options)) refuseFiles(options);
  checkRunOptions(options, { ...webChecks, ...others }, ['database', 'migrations']);
  const { database, migrations, name, ...run } = options;
  const bridge = bridgeFor(database);
  if (run.functions !== undefined && bridge.registerFunction === undefined)
    throw dunlinError('OPTION_INVALID', {
      problems: [`\`functions\` cannot be given with ${bridge.driver}: it has none that an index may call`],
    });
  const source = toPlainSource(migrations);
  const parts: RunnerParts = {
    registry: () => createRegistry(source, webHost),
    host: webHost,
    bridge: () => bridge,
    database: name ?? `the ${bridge.driver} connection`,
    owned: false,
  };
  return new Session(parts, name === undefined ? run : announcing(run, name));
}

function refuseFiles(given: Readonly<Record<string, unknown>>): void {
  const problems = withFiles
    .filter((option) => given[option] !== undefined)
    .map((option) => `\`${option}\` cannot be given in a browser: it needs files, or connections that Dunlin opens`);
  if (given['backup'] !== undefined && given['backup'] !== 'off')
    problems.push(`\`backup\` can only be "off" in a browser, which has no files; it is ${shown(given['backup'])}`);
  if (problems.length > 0) throw dunlinError('OPTION_INVALID', { problems });
}

/** Tells other tabs before the first change of a run. */
function announcing(run: RunOptions, name: string): RunOptions {
  return {
    ...run,
    onEvent(event) {
      const last = event.type === 'run:start' ? event.pending.at(-1) : undefined;
      if (last !== undefined) announce({ name, to: last.version });
      return run.onEvent?.(event);
    },
  };
}
