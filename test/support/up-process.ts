import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { OpeningDriver } from './processes.ts';

const worker = fileURLToPath(new URL('../faults/up-worker.mjs', import.meta.url));

/** Something that a migrating process tells: one of its events, that it is `ready`, or how it ended. */
export type Fact = { readonly type: string } & Readonly<Record<string, unknown>>;

/** A process that migrates, with backups; it is gone after the test. It needs the built library (`npm run build`). */
export class UpProcess {
  readonly pid: number;
  readonly facts: Fact[] = [];
  /** The signal that ended it, or its exit code. */
  readonly ended: Promise<NodeJS.Signals | number | null>;
  readonly #child: ReturnType<typeof spawn>;
  readonly #waiting = new Set<() => void>();
  #over = false;

  constructor(driver: OpeningDriver, database: string, migrations: string, lockTimeoutMs: number, stopAt?: string) {
    const args = [
      worker,
      driver,
      database,
      migrations,
      String(lockTimeoutMs),
      ...(stopAt === undefined ? [] : [stopAt]),
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    this.pid = child.pid!;
    onTestFinished(() => void child.kill('SIGKILL'));
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.facts.push(JSON.parse(line) as Fact);
      this.#notify();
    });
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        this.#over = true;
        this.#notify();
        resolve(signal ?? code);
      });
    });
  }

  /** The first fact of this type that it reports, or has reported; undefined if it ends without one. */
  async tells(type: string): Promise<Fact | undefined> {
    return await this.#until(() => this.facts.find((fact) => fact.type === type));
  }

  /** Kills it so many milliseconds after it has reported so many facts, unless it has ended by then. How it ended. */
  async killed(afterFacts: number, ms: number): Promise<NodeJS.Signals | number | null> {
    await this.#until(() => this.facts[afterFacts - 1]);
    const timer = setTimeout(() => this.signal('SIGKILL'), ms);
    const end = await this.ended;
    clearTimeout(timer);
    return end;
  }

  /** How the run ended: what it applied, or the code and message of its error; undefined when it was killed. */
  async outcome(): Promise<Fact | undefined> {
    await this.ended;
    return this.facts.find(({ type }) => type === 'applied' || type === 'failed');
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits until the system has stopped it. */
  async stopped(): Promise<void> {
    // The state stands after the name of the program, which is in brackets (proc_pid_stat(5)).
    while (!readFileSync(`/proc/${this.pid}/stat`, 'utf8').includes(') T ')) await new Promise(setImmediate);
  }

  /**
   * Lets it continue after `stopped`. The signal is sent until the process tells something: one that comes while the
   * system is still stopping its threads can get lost.
   */
  async goesOn(): Promise<void> {
    const seen = this.facts.length;
    const timer = setInterval(() => this.signal('SIGCONT'), 100);
    this.signal('SIGCONT');
    await this.#until(() => this.facts[seen]);
    clearInterval(timer);
  }

  /** What is looked for, as soon as it is there; undefined if it is not when the process has ended. */
  async #until<T>(look: () => T | undefined): Promise<T | undefined> {
    for (;;) {
      const found = look();
      if (found !== undefined || this.#over) return found;
      await new Promise<void>((resolve) => void this.#waiting.add(resolve));
    }
  }

  #notify(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
