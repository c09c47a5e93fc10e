import { existsSync, realpathSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { plural } from '../../errors/index.ts';
import { parseFileName } from '../../migration/index.ts';
import { findConfig } from '../../node/config.ts';
import type { Arguments } from '../arguments.ts';
import type { Context, StartedCommand, StopSignal } from '../context.ts';
import { exit, isStopped, type ExitCode } from '../exit-codes.ts';
import { stopCode } from '../stop-signals.ts';
import { findTargets, type Target } from '../targets.ts';
import { declareDevelopment, moved } from './declare.ts';
import { oneDatabase } from './round.ts';
import { changedFiles, identityOf, takeSnapshot, type Snapshot } from './snapshot.ts';
import { untilChanged } from './until-changed.ts';

/** After so many rounds in a row whose own command has changed the files, the next one waits for another change. */
const mostOwnChanges = 3;

/** How long to wait before a round that found the database locked is repeated. */
const lockedMs = 2000;

/**
 * Runs `dev --once` now, and again after each change of the files, until a signal ends it. Each round is a process of its
 * own: modules are loaded anew with all that they import, and whatever a migration does to its process ends with it.
 */
export async function followMigrations(context: Context, args: Arguments): Promise<ExitCode> {
  const targets = await findTargets(context, args);
  const target = targets[0]!;
  if (targets.length > 1) throw args.wrong(oneDatabase);
  await declareDevelopment(context, args, target);
  const stop = new Stop(context);
  try {
    return await repeat(context, args, target, stop);
  } finally {
    stop.release();
  }
}

async function repeat(context: Context, args: Arguments, target: Target, stop: Stop): Promise<ExitCode> {
  const { cwd } = context;
  let directory = resolve(cwd, target.migrations);
  const config = args.path('config') ?? findConfig(cwd);
  const single = [...(config === undefined ? [] : [resolve(cwd, config)]), resolve(cwd, '.env')];
  const database = target.database.path;
  // The permission is for the file that is there now, whatever the configuration or a link names later.
  const declared = database === undefined ? [] : [`=${existsSync(database) ? realpathSync(database) : database}`];
  const readFiles = (): Snapshot => takeSnapshot(directory, single);
  const read = (): Snapshot => withDatabase(readFiles(), database);
  const command = args.text('exec');
  let files = readFiles();
  let ownChanges = 0;
  for (let round = 1; ; round++) {
    const before = database === undefined ? undefined : identityOf(database);
    const code = await stop.run(() => context.startAgain(['--once', `--development${declared.join('')}`]));
    if (stop.signal !== undefined || isStopped(code)) return stop.code ?? code;
    if (round === 1) context.say(`watching ${target.migrations}; Ctrl-C ends it`);
    const left = readFiles();
    ownChanges = command !== undefined && changedFiles(files, left).length > 0 ? ownChanges + 1 : 0;
    if (ownChanges === mostOwnChanges) {
      context.note(
        `\`${command}\` has changed the migrations ${mostOwnChanges} times in a row, and each change runs it again: what it wrote last is applied after the next change`,
      );
      files = left;
      ownChanges = 0;
    }
    // The round itself may make the database or replace it, but does not delete it.
    const handled = withDatabase(files, database, code === exit.done ? before : undefined);
    if (code === exit.locked) {
      if (!(await stop.wait(lockedMs))) return stop.code!;
      files = readFiles();
      continue;
    }
    const now = await untilChanged(read, handled, (ms) => stop.wait(ms));
    if (now === undefined) return stop.code!;
    const changed = changedFiles(handled, now);
    context.print('');
    context.say(describe(changed, target, directory));
    files = now;
    if (!changed.some((file) => single.includes(file))) continue;
    const present = await findTargets(context, args).catch(() => undefined);
    // The round says what is wrong with the configuration.
    if (present?.length !== 1) continue;
    if (present[0]!.database.path !== database) throw moved(args, target.database.name, present[0]!);
    directory = resolve(cwd, present[0]!.migrations);
    files = readFiles();
  }
}

/** "003_notes.sql changed", "10 files changed", "app.db is gone". */
function describe(changed: readonly string[], { database }: Target, directory: string): string {
  const [only] = changed;
  if (changed.length > 1 || only === undefined) return `${plural(changed.length, 'file')} changed`;
  if (only !== database.path) {
    const name = relative(directory, only);
    const isModule = /\.m?[jt]s$/.test(name) && parseFileName(name).kind === 'ignored' && !name.startsWith('..');
    return `${name} changed${isModule ? ', which is no migration: `dunlin redo` applies the newest one again' : ''}`;
  }
  return identityOf(only) === undefined ? `${database.name} is gone` : `${database.name} is another file now`;
}

/** The snapshot with the file that the database is now, in place of an earlier one; with `missing` if there is none. */
function withDatabase(files: Snapshot, database: string | undefined, missing?: string): Snapshot {
  if (database === undefined) return files;
  const identity = identityOf(database) ?? missing;
  const all = new Map(files);
  all.delete(database);
  return identity === undefined ? all : all.set(database, identity);
}

/** The signals that end the loop: at once while it waits, and through the round while one runs. */
class Stop {
  readonly #release: () => void;
  #running: StartedCommand | undefined;
  #wake: () => void = () => undefined;
  signal: StopSignal | undefined;

  constructor(context: Context) {
    this.#release = context.onStopSignal((signal) => {
      this.signal ??= signal;
      this.#wake();
      // A terminal sends Ctrl-C to the round as well.
      if (signal === 'SIGTERM' || context.stdin.isTTY !== true) this.#running?.signal(signal);
    });
  }

  get code(): ExitCode | undefined {
    return this.signal && stopCode(this.signal);
  }

  async run(start: () => StartedCommand): Promise<ExitCode> {
    this.#running = start();
    try {
      return await this.#running.ended;
    } finally {
      this.#running = undefined;
    }
  }

  /** False if it is to stop. */
  async wait(ms: number): Promise<boolean> {
    if (this.signal === undefined)
      await new Promise<void>((done) => {
        const timer = setTimeout(done, ms);
        this.#wake = () => {
          clearTimeout(timer);
          done();
        };
      });
    return this.signal === undefined;
  }

  release(): void {
    this.#release();
  }
}
