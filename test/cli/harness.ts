import type { SpawnOptions } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { BackupInProgress, CliHost, Input, Output, StopSignal } from '../../src/cli/context.ts';
import { commands } from '../../src/cli/commands/index.ts';
import type { ExitCode } from '../../src/cli/exit-codes.ts';
import { main } from '../../src/cli/main.ts';
import { runShell } from '../../src/cli/start-process.ts';
import { createRunner } from '../../src/node/create-runner.ts';
import type { CliRunner } from '../../src/cli/context.ts';

/** A terminal, or a pipe, whose text is kept. */
class Screen implements Output {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  readonly onText: (text: string) => void;

  constructor(columns: number | undefined, onText: (text: string) => void = () => undefined) {
    this.isTTY = columns !== undefined;
    this.columns = columns;
    this.onText = onText;
  }

  write(text: string): void {
    this.text += text;
    this.onText(text);
  }
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A folder in the folder to run it in. */
  readonly cwd?: string;
  /** The terminal's width; left out, there is no terminal. */
  readonly columns?: number;
  /** What has to be typed in front of a command; left out, `dunlin`. */
  readonly launcher?: string;
  /** Typed when a question stands on the terminal: one for each question. */
  readonly answers?: readonly string[];
  /** Notes what is done with the line that shows a large backup. */
  readonly onMeter?: (what: BackupInProgress | 'proving' | 'stop') => void;
  /** Changes the runner that a command gets. */
  readonly wrap?: (runner: CliRunner) => CliRunner;
  /** Sees what is printed on standard output. */
  readonly onOut?: (text: string) => void;
  /** Answers for a command of the shell, with its exit code; left out, the command runs. */
  readonly onShell?: (command: string, options: SpawnOptions) => number;
  /** Given what stands for a signal that the process gets. */
  readonly onStopSignal?: (send: (signal: StopSignal) => void) => void;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The code that a second signal ended the process with. */
  readonly exited: number | undefined;
}

/** A folder of its own, made the current one, in which command lines run in this process. */
export class Folder {
  readonly path: string;
  readonly #before: string;

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.path = realpathSync(mkdtempSync(join(tmpdir(), 'dunlin-cli-')));
    this.#before = process.cwd();
    process.chdir(this.path);
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  write(name: string, text: string): void {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  rename(from: string, to: string): void {
    renameSync(join(this.path, from), join(this.path, to));
  }

  remove(): void {
    process.chdir(this.#before);
    rmSync(this.path, { recursive: true, force: true });
  }

  async run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const stdin = new PassThrough() as PassThrough & Input & { isTTY?: boolean };
    const answers = [...(options.answers ?? [])];
    stdin.isTTY = options.columns !== undefined;
    const stdout = new Screen(options.columns, options.onOut);
    const stderr = new Screen(options.columns, (text) => {
      const answer = /(\[y\/N\]|to continue:) $/.test(text) ? answers.shift() : undefined;
      if (answer !== undefined) setTimeout(() => stdin.write(answer), 5);
    });
    let exited: number | undefined;
    const cwd = join(this.path, options.cwd ?? '.');
    process.chdir(cwd);
    const host: CliHost = {
      cwd,
      env: options.env ?? {},
      stdin,
      stdout,
      stderr,
      launcher: options.launcher ?? 'dunlin',
      openRunner: async (request) => {
        const runner = createRunner(request);
        return options.wrap?.(runner) ?? runner;
      },
      startMeter: (backup) => {
        options.onMeter?.(backup);
        return { proving: () => options.onMeter?.('proving'), stop: () => options.onMeter?.('stop') };
      },
      onStopSignal: (listener) => {
        options.onStopSignal?.(listener);
        return () => undefined;
      },
      exit: (code) => {
        exited = code;
      },
      startAgain: (words) => ({ ended: main([...argv, ...words], commands, host), signal: () => undefined }),
      runShell: (command, shell) => {
        const code = options.onShell?.(command, shell);
        return code === undefined
          ? runShell(command, shell)
          : { ended: Promise.resolve(code as ExitCode), signal: () => undefined };
      },
    };
    const code = await main(argv, commands, host).finally(() => process.chdir(this.path));
    return { code, out: stdout.text, err: stderr.text, exited };
  }
}

export const users = `-- Migration: 001_users
-- Schema-Version: 1.0.0

-- === UP MIGRATION ===
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);

-- === DOWN MIGRATION ===
DROP TABLE users;
`;

export const notes = `-- === UP MIGRATION ===
CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
CREATE INDEX notes_text ON notes(text);

-- === DOWN MIGRATION ===
DROP TABLE notes;
`;

export const broken = `-- every user must have an address
UPDATE users
  SET email = lower(emial) WHERE email IS NOT NULL;
`;
