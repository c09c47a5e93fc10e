import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { normalise, type Part } from './scenario.ts';

// The built command line runs here: `npm run build` comes first, as it does in `npm test`.
const cli = resolve(import.meta.dirname, '../../dist/cli/dunlin.js');

/** A folder of its own in which the command `dunlin` is found. Call `remove` at the end. */
export class Stage {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), 'dunlin-scenario-')));
  readonly #bin: string = mkdtempSync(join(tmpdir(), 'dunlin-bin-'));

  constructor() {
    if (!existsSync(cli)) throw new Error('run `npm run build` first');
    writeFileSync(join(this.#bin, 'dunlin'), `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`);
    chmodSync(join(this.#bin, 'dunlin'), 0o755);
  }

  /** Runs a command of the shell, with nothing of this process's environment. */
  run(command: string): { readonly output: string; readonly status: number | null } {
    const env = {
      PATH: `${this.#bin}:${process.env['PATH'] ?? ''}`,
      HOME: this.folder,
      TZ: 'UTC',
      USER: 'ada',
      NODE_NO_WARNINGS: '1',
    };
    const { stdout, status } = spawnSync('bash', ['-c', `exec 2>&1; ${command}`], {
      cwd: this.folder,
      env,
      encoding: 'utf8',
      // Longer than any test: a command that hangs must not hang the whole run.
      timeout: 60_000,
    });
    return { output: stdout, status };
  }

  /** Does what the part of a scenario says; a command comes back with what it printed. */
  play(part: Part): Part {
    if (part.kind === 'comment') return part;
    if (part.kind === 'file') {
      mkdirSync(dirname(join(this.folder, part.name)), { recursive: true });
      writeFileSync(join(this.folder, part.name), part.text);
      return part;
    }
    const { output, status } = this.run(part.command);
    const code = status === 0 ? '' : `\n[exit ${status ?? 'by a signal'}]`;
    return { ...part, expected: `${normalise(output, this.folder)}${code}`.replace(/^\n/, '') };
  }

  remove(): void {
    for (const folder of [this.folder, this.#bin]) rmSync(folder, { recursive: true, force: true });
  }
}
