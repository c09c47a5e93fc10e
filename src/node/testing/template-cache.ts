import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { isBusy, toSqlError } from '../../bridge/index.ts';
import { nodeHost } from '../node-host.ts';
import type { Driver, TestConnection } from './driver-class.ts';

/** Templates on the disk, which the processes of a project share. A file that cannot be read or written is as good as none. */
export class TemplateCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The bytes of a whole and undamaged template. */
  read(key: string): Uint8Array | undefined {
    return attempt(() => {
      const file = this.#file(key);
      const content = readFileSync(file);
      const bytes = content.subarray(0, -digestBytes);
      if (!content.subarray(-digestBytes).equals(digestOf(bytes))) return undefined;
      attempt(() => touch(file));
      return bytes;
    });
  }

  /** Writes a template under its name at once. Its digest shows if a crash of the system has left only a part of it. */
  write(key: string, bytes: Uint8Array): void {
    const staged = `${this.#file(key)}.${nodeHost.randomId()}`;
    attempt(() => {
      writeFileSync(staged, Buffer.concat([bytes, digestOf(bytes)]), { flag: 'wx' });
      renameSync(staged, this.#file(key));
    });
    attempt(() => rmSync(staged, { force: true }));
    attempt(() => this.#removeUnused());
  }

  /**
   * Runs `work` while no other process builds this template. The lock is SQLite's, so that the system releases it when
   * the process ends in any way. After `timeoutMs`, and where there can be no lock, it runs all the same: the same
   * template is then made twice.
   */
  async exclusively<T>(key: string, driver: Driver, timeoutMs: number, work: () => Promise<T>): Promise<T> {
    const lock = attempt(() => {
      mkdirSync(this.#folder, { recursive: true });
      return driver.openFile(`${this.#file(key)}.lock`, {});
    });
    try {
      if (lock !== undefined) await take(lock, timeoutMs);
      return await work();
    } finally {
      lock?.close();
    }
  }

  #file(key: string): string {
    return join(this.#folder, `${key}.template`);
  }

  /** Removes templates, and what killed processes have left behind. */
  #removeUnused(): void {
    for (const name of readdirSync(this.#folder)) {
      const file = join(this.#folder, name);
      if (/^[\da-f]{64}\.template(?:\.\w+)?$/.test(name) && ageOf(file) > unusedMs) attempt(() => rmSync(file));
    }
  }
}

const digestBytes = 32;
const dayMs = 86_400_000;
const unusedMs = 7 * dayMs;

function digestOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

function ageOf(file: string): number {
  return nodeHost.now() - statSync(file).mtimeMs;
}

/** A file's time says when it was last used, to the day. */
function touch(file: string): void {
  const now = new Date(nodeHost.now());
  if (ageOf(file) > dayMs) utimesSync(file, now, now);
}

async function take(lock: TestConnection, timeoutMs: number): Promise<void> {
  const end = nodeHost.now() + timeoutMs;
  for (;;) {
    try {
      lock.exec('PRAGMA busy_timeout = 0; BEGIN IMMEDIATE');
      return;
    } catch (error) {
      if (!isBusy(toSqlError(error)) || nodeHost.now() >= end) return;
      await nodeHost.sleep(10);
    }
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** The folder for templates in the nearest `node_modules`; undefined without one. */
export function defaultCacheFolder(): string | undefined {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    if (statSync(modules, { throwIfNoEntry: false })?.isDirectory() === true) return resolve(modules, '.cache/dunlin');
    if (dirname(folder) === folder) return undefined;
  }
}
