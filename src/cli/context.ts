import type { SpawnOptions } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { RunnerRequest, RunnerWithBackups } from '../node/create-runner.ts';
import type { Arguments } from './arguments.ts';
import type { ExitCode } from './exit-codes.ts';
import { markedColors, wantsColor, type Colors, painted } from './output/color.ts';
import { completeCommands, targetOf, targetOn, type Invocation } from './output/command-hints.ts';
import { wrapBy } from './output/wrap.ts';

/** A database with its migrations, and the manager of its backups. */
export type CliRunner = RunnerWithBackups;

export type OpenRunner = (request: RunnerRequest) => Promise<CliRunner>;

/** Opens a database for as long as the work takes. */
export async function withRunner<T>(
  { command, openRunner }: Context,
  request: RunnerRequest,
  work: (runner: CliRunner) => Promise<T>,
): Promise<T> {
  const runner = await openRunner({ tool: `dunlin ${command}`, ...request });
  try {
    return await work(runner);
  } finally {
    await runner.close();
  }
}

/** Where text goes: process.stdout, or what a test gives. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export type Input = Readable & { readonly isTTY?: boolean | undefined };

export interface BackupInProgress {
  /** The file that grows. */
  readonly file: string;
  /** How large it becomes, about. */
  readonly bytes: number;
  readonly width: number;
}

/** Draws a line on standard error, even while this thread is blocked. */
export interface Meter {
  /** The copy is made, its proof begins. */
  proving(): void;
  /** When this returns nothing more is drawn. */
  stop(): void;
}

/** Ctrl-C, and what service managers and containers send. A hang-up is not among them: `nohup` has it ignored. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

/** The process, as the command line sees it; commands use nothing else of it. */
export interface CliHost {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** What to type in front of a command: `dunlin`, `npx dunlin`. */
  readonly launcher: string;
  readonly openRunner: OpenRunner;
  readonly startMeter: (backup: BackupInProgress) => Meter;
  /**
   * Calls the listener at each signal that asks to stop, instead of ending the process, until the returned function is
   * called.
   */
  readonly onStopSignal: (listener: (signal: StopSignal) => void) => () => void;
  readonly exit: (code: ExitCode) => void;
  /** Runs this command line again, with more words at its end, in a process of its own. */
  readonly startAgain: (words: readonly string[]) => StartedCommand;
  /** Runs a command of the shell. */
  readonly runShell: (command: string, options: SpawnOptions) => StartedCommand;
}

/** A command that runs in a process of its own. */
export interface StartedCommand {
  readonly ended: Promise<ExitCode>;
  signal(name: StopSignal | 'SIGKILL'): void;
}

/** What a command works with: the host, and the general options in force. */
export interface Context extends CliHost {
  readonly command: string;
  /** `json` and `events` leave standard output to the machine, `report` to a report of `check` or `rehearse`. */
  readonly mode: 'text' | 'json' | 'events' | 'report';
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** What commands in hints and notes need so that they can be typed. */
  readonly invocation: Invocation;
  /** Whether there is a terminal to ask on. */
  readonly interactive: boolean;
  /** Colours for standard output and for standard error. */
  readonly colors: Colors;
  readonly errorColors: Colors;
  /** Columns for tables and the like; Infinity where the output is no terminal. */
  readonly width: number;
  /** Columns for running text, at most 100. */
  readonly textWidth: number;
  /** The database that notes and errors name, where a command works on several. */
  readonly about: string | undefined;
  /** Starts the next of several databases. */
  turnTo(database: string): void;
  /** A result: standard output, in text mode only, not with --quiet. */
  print(...lines: readonly string[]): void;
  /** As `print`, for running text: folded to the terminal's width. */
  say(text: string): void;
  printJson(value: unknown): void;
  /** The result of the command on standard output: a document, or with --events the last line. */
  printDocument(document: Readonly<Record<string, unknown>> | undefined): void;
  /** Standard error. */
  report(...lines: readonly string[]): void;
  /** A text on as many lines as the terminal needs; on one where there is none. */
  fold(text: string): string[];
  /** A note: standard error, not with --quiet. */
  note(text: string): void;
  /** A line on the terminal that the next one, or any other output, replaces; nothing where there is no terminal. */
  live(line: string): void;
  /** A line that moves while a backup is made, until the next output; undefined where there is no terminal. */
  meter(backup: Omit<BackupInProgress, 'width'>): Meter | undefined;
}

function modeOf(args: Arguments): Context['mode'] {
  if (args.flag('events')) return 'events';
  const format = args.command === 'check' || args.command === 'rehearse' ? args.text('format') : undefined;
  if (args.flag('json') || format === 'json') return 'json';
  return format === undefined || format === 'text' ? 'text' : 'report';
}

export function createContext(host: CliHost, args: Arguments): Context {
  const { env } = host;
  const mode = modeOf(args);
  const noColor = !args.flag('color');
  const quiet = args.flag('quiet');
  const given = targetOf(args);
  const columns = (): number | undefined => terminalWidth(host.stdout, env);
  const isLive = (): boolean => !quiet && mode === 'text' && host.stderr.isTTY === true && env['TERM'] !== 'dumb';
  let liveLine = false;
  let meter: Meter | undefined;
  let about: string | undefined;
  const invocation: Invocation = {
    // Looks through the PATH, so it is read only when a command is printed.
    get launcher() {
      return host.launcher;
    },
    get target() {
      return about === undefined ? given : targetOn(about, given);
    },
  };

  const stopMeter = (): void => {
    meter?.stop();
    meter = undefined;
  };
  const clear = (): void => {
    stopMeter();
    if (liveLine) host.stderr.write('\r\x1b[K');
    liveLine = false;
  };
  const out = (lines: readonly string[]): void => {
    clear();
    host.stdout.write(painted(lines.map((line) => `${line}\n`).join('')));
  };
  const report = (...lines: readonly string[]): void => {
    clear();
    host.stderr.write(painted(lines.map((line) => `${line}\n`).join('')));
  };
  const width = (): number => columns() ?? Number.POSITIVE_INFINITY;
  // By the text's length: code that measures wide characters takes longer to load than most commands to run.
  const fold = (text: string): string[] => wrapBy(completeCommands(text, invocation), width(), (line) => line.length);
  // Streams are read lazily: Node creates each at its first use.
  return {
    cwd: host.cwd,
    env,
    get stdin() {
      return host.stdin;
    },
    get stdout() {
      return host.stdout;
    },
    get stderr() {
      return host.stderr;
    },
    openRunner: host.openRunner,
    startMeter: host.startMeter,
    onStopSignal: host.onStopSignal,
    exit: host.exit,
    startAgain: host.startAgain,
    runShell: host.runShell,
    command: args.command,
    mode,
    quiet,
    verbose: args.flag('verbose'),
    invocation,
    get launcher() {
      return host.launcher;
    },
    get interactive() {
      return host.stdin.isTTY === true && host.stderr.isTTY === true && (env['CI'] ?? '') === '';
    },
    get colors() {
      return markedColors(wantsColor(host.stdout, env, noColor));
    },
    get errorColors() {
      return markedColors(wantsColor(host.stderr, env, noColor));
    },
    get width() {
      return width();
    },
    get textWidth() {
      return Math.min(columns() ?? 100, 100);
    },
    get about() {
      return about;
    },
    turnTo: (database) => {
      about = database;
    },
    print: (...lines) => {
      if (mode === 'text' && !quiet) out(lines);
    },
    say: (text) => {
      if (mode === 'text' && !quiet) out(fold(text));
    },
    printJson: (value) => out([JSON.stringify(value)]),
    printDocument: (document) =>
      out([
        mode === 'events' ? JSON.stringify({ type: 'result', ...document }) : JSON.stringify(document, undefined, 2),
      ]),
    report,
    fold,
    note: (text) => {
      if (!quiet) report(...fold(`note: ${about === undefined ? '' : `${about}: `}${text}`));
    },
    live: (line) => {
      if (!isLive()) return;
      if (line === '') return clear();
      stopMeter();
      host.stderr.write(`\r\x1b[K${painted(line)}`);
      liveLine = true;
    },
    meter: (backup) => {
      if (!isLive()) return undefined;
      stopMeter();
      liveLine = true;
      meter = host.startMeter({ ...backup, width: terminalWidth(host.stderr, env) ?? 80 });
      return meter;
    },
  };
}

/** The terminal's width, or COLUMNS if the output is not a terminal. Undefined: unlimited. */
export function terminalWidth(stream: Output, env: Readonly<Record<string, string | undefined>>): number | undefined {
  const columns = stream.columns ?? Number(env['COLUMNS'] ?? '');
  return Number.isInteger(columns) && columns >= 20 ? columns : undefined;
}
