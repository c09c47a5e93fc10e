import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { transformSync } from 'esbuild';
import { onTestFinished } from 'vitest';
import { root } from './markdown.ts';

export interface Ran {
  readonly status: number | null;
  /** What was printed for programs to read. */
  readonly data: string;
  /** The same, and what was printed for people. */
  readonly output: string;
}

/** Commands that ask before they work. In a test there is no terminal to ask on. */
const asking = /^dunlin (?:down|redo|to|baseline)\b/;

/**
 * A folder in which a page's examples run as they would at a reader's: `dunlin` is installed in it, which is the built
 * package, and `npx dunlin` calls its command line.
 */
export class Playground {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), 'dunlin-docs-')));

  constructor() {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
    mkdirSync(join(this.folder, 'node_modules'));
    symlinkSync(root, join(this.folder, 'node_modules/dunlin'), 'dir');
    for (const name of ['better-sqlite3', '@types'])
      symlinkSync(join(root, 'node_modules', name), join(this.folder, 'node_modules', name), 'dir');
    mkdirSync(join(this.folder, 'node_modules/.bin'));
    symlinkSync('../dunlin/dist/cli/dunlin.js', join(this.folder, 'node_modules/.bin/dunlin'));
    const start = `exec "${process.execPath}" "${join(this.folder, 'node_modules/dunlin/dist/cli/dunlin.js')}" "$@"\n`;
    this.write('bin/dunlin', `#!/bin/sh\n${start}`);
    // Readers who type `npx dunlin` have no `dunlin` in the PATH.
    this.write('bin/npx', `#!/bin/sh\n[ "$1" = dunlin ] || exit 97\nshift\nPATH="\${PATH#*:}" ${start}`);
    spawnSync('chmod', ['+x', join(this.folder, 'bin/npx'), join(this.folder, 'bin/dunlin')]);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
  }

  link(name: string): void {
    symlinkSync(join(root, name), join(this.folder, name), 'dir');
  }

  files(folder: string): string[] {
    return readdirSync(join(this.folder, folder)).toSorted();
  }

  /** Runs one line of a shell block. */
  shell(line: string): Ran {
    const command = line.replace(/\s+#.*$/, '').trim();
    const answered = asking.test(command.replace(/^npx /, '')) ? `${command} --yes` : command;
    return this.#run('bash', ['-c', answered]);
  }

  /** Runs a block of JavaScript or TypeScript as a module. */
  module(text: string): Ran {
    this.write('example.mjs', transformSync(text, { loader: 'ts', format: 'esm' }).code);
    return this.#run(process.execPath, ['example.mjs']);
  }

  /** Runs a command as on a terminal: what it prints is one stream. */
  terminal(command: string): Ran {
    return this.#run('bash', ['-c', `exec 2>&1; ${command}`]);
  }

  #run(program: string, args: readonly string[]): Ran {
    // Nothing of the environment of the tests but what programs need: a reader has no DATABASE_PATH of ours.
    const env = {
      PATH: `${join(this.folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
      HOME: this.folder,
      USER: 'ada',
      TZ: 'UTC',
      NODE_NO_WARNINGS: '1',
    };
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: this.folder, env, encoding: 'utf8', input: '' });
    return { status, data: stdout, output: stdout + stderr };
  }

  sql(database: string, sql: string): void {
    const db = new Database(join(this.folder, database));
    db.exec(sql);
    db.close();
  }

  rows(database: string, sql: string): unknown[] {
    const db = new Database(join(this.folder, database));
    try {
      return db.prepare(sql).all();
    } finally {
      db.close();
    }
  }
}
