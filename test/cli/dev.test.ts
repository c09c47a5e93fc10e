import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { copyFileSync, existsSync, renameSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { StopSignal } from '../../src/cli/context.ts';
import { Folder, notes, users, type Ran, type RunOptions } from './harness.ts';

// The built command line, as a process: `npm run build` comes first, as it does in `npm test`.
const cli = resolve(import.meta.dirname, '../../dist/cli/dunlin.js');

const noWayBack = 'CREATE TABLE tags (id INTEGER PRIMARY KEY);\n';

let folder: Folder;

beforeAll(() => expect(existsSync(cli), 'run `npm run build` first').toBe(true));
beforeEach(() => {
  folder = new Folder({ 'migrations/001_users.sql': users, 'migrations/002_notes.sql': notes });
});
afterEach(() => folder.remove());

const once = (options: RunOptions = {}, ...more: string[]): Promise<Ran> =>
  folder.run(['dev', '--once', '-d', 'app.db', '--no-color', ...more], options);

function query<T>(sql: string): T[] {
  const db = new Database(join(folder.path, 'app.db'));
  try {
    const statement = db.prepare(sql);
    if (statement.reader) return statement.pluck().all() as T[];
    statement.run();
    return [];
  } finally {
    db.close();
  }
}

const edit = (name: string, from: string, to: string, text: string): void =>
  folder.write(`migrations/${name}`, text.replace(from, to));

describe('dev --once', () => {
  it('applies what is pending and shows how the schema changed', async () => {
    const { code, out } = await once();
    expect(code).toBe(0);
    expect(out).toContain('  + table notes\n  + index notes_text on notes\n  + table users\n');
    expect(out).toMatch(/\napp\.db is at version 2 \(1\.0\.0\)\n$/);
    expect((await once({}, '--development')).out).toBe('app.db is at version 2 (1.0.0), nothing pending\n');
  });

  it('names the way out where there is neither a DOWN part nor a backup from before', async () => {
    folder.write('migrations/003_tags.sql', noWayBack);
    await once();
    edit('002_notes.sql', 'text TEXT', 'text TEXT, at TEXT', notes);
    const failed = await once({ columns: 80 }, '--development');
    expect(failed.err).toContain('CANNOT_ROLL_BACK');
    expect(failed.err).toContain('`dunlin reset -d app.db`');
    expect(failed.err).not.toContain('[y/N]');
  });

  it('asks once whether it is a development database, unless that is declared', async () => {
    await once();
    const asked = await once({ columns: 80, answers: ['n\n'] });
    expect(asked.err).toContain('Is app.db a development database? [y/N]');
    expect(asked.code).toBe(1);
    expect((await once({ columns: 80, answers: ['y\n'] })).code).toBe(0);
    expect((await once()).err).toContain('CONFIRMATION_NEEDED');
    expect((await once({}, '--yes')).code).toBe(0);
    folder.write('dunlin.config.json', '{ "database": "app.db", "development": true }');
    expect((await folder.run(['dev', '--once'])).code).toBe(0);
    folder.rename('app.db', 'other.db');
    expect((await folder.run(['dev', '--once', '-d', 'other.db'])).err).toContain('CONFIRMATION_NEEDED');
    folder.write('dunlin.config.json', '{ "database": "other.db", "development": false }');
    const never = await folder.run(['dev', '--once', '--development', '--yes']);
    expect(never.err).toContain('NOT_FOR_DEVELOPMENT');
    expect(never.code).toBe(2);
  });

  it('works on no other file than the one that was declared', async () => {
    await once();
    copyFileSync('app.db', 'prod.db');
    symlinkSync('app.db', join(folder.path, 'link.db'));
    const declared = join(folder.path, 'app.db');
    const run = (name: string): Promise<Ran> => folder.run(['dev', '--once', '-d', name, `--development=${declared}`]);
    expect((await run('link.db')).code).toBe(0);
    rmSync(join(folder.path, 'link.db'));
    symlinkSync('prod.db', join(folder.path, 'link.db'));
    for (const name of ['link.db', 'prod.db']) expect((await run(name)).err).toContain(`names ${name} now`);
  });

  it('knows a database of the configuration by a link', async () => {
    await once();
    symlinkSync('app.db', join(folder.path, 'link.db'));
    symlinkSync('.', join(folder.path, 'here'));
    const configure = (text: string): void => folder.write('dunlin.config.json', text);
    const run = (name: string, ...more: string[]): Promise<Ran> =>
      folder.run(['dev', '--once', '-d', name, ...more], { columns: 120 });
    configure('{ "database": "app.db", "development": false }');
    for (const name of ['link.db', 'here/app.db', './here/link.db'])
      expect((await run(name, '--yes')).err).toContain('NOT_FOR_DEVELOPMENT');
    configure('{ "databases": { "prod": { "path": "app.db", "development": false }, "dev": { "path": "link.db" } } }');
    expect((await run('dev', '--yes')).err).toContain('NOT_FOR_DEVELOPMENT');
    configure('{ "database": "link.db", "development": true }');
    expect((await run('app.db')).code).toBe(0);
  });

  it('loses rows only if somebody says so', async () => {
    await once();
    query("INSERT INTO notes (text) VALUES ('a'), ('b')");
    edit('002_notes.sql', 'text TEXT', 'text TEXT, at TEXT', notes);
    const refused = await once({}, '--development');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('notes: 2 rows before, 0 after');
    expect(refused.err).toContain('`dunlin dev --once --yes -d app.db`');
    expect(query('SELECT count(*) FROM notes')).toEqual([2]);
    const no = await once({ columns: 80, answers: ['no\n'] }, '--development');
    expect(no.err).toContain('DECLINED');
    expect(query('SELECT count(*) FROM notes')).toEqual([2]);
    const yes = await once({ columns: 80, answers: ['y\n'] }, '--development');
    expect(yes.code).toBe(0);
    expect(yes.out).toContain('  + column notes.at TEXT');
    expect(query('SELECT count(*) FROM notes')).toEqual([0]);
    query("INSERT INTO notes (text) VALUES ('c')");
    rmSync(join(folder.path, 'migrations/002_notes.sql'));
    expect((await once({}, '--development')).err).toContain('Rolling back 2 notes would lose data');
    expect((await once({}, '--yes')).out).toContain('- table notes');
  });

  it('asks again where more would be lost than was shown', async () => {
    await once();
    query("INSERT INTO notes (text) VALUES ('a')");
    edit('002_notes.sql', 'text TEXT', 'text TEXT, at TEXT', notes);
    let calls = 0;
    const wrap: RunOptions['wrap'] = (runner) => {
      const { reapply } = runner;
      return Object.assign(runner, {
        reapply: (...given: Parameters<typeof reapply>) => {
          if (++calls === 2) query("INSERT INTO notes (text) VALUES ('written while the question was open')");
          return reapply.apply(runner, given);
        },
      });
    };
    const no = await once({ columns: 80, answers: ['y\n', 'no\n'], wrap }, '--development');
    expect(no.err).toMatch(/notes: 1 row before, 0\s+after[^]*\[y\/N\][^]*notes: 2 rows before, 0\s+after[^]*\[y\/N\]/);
    expect(query('SELECT count(*) FROM notes')).toEqual([2]);
    expect((await once({ columns: 80, answers: ['y\n'], wrap }, '--development')).code).toBe(0);
  });

  it('restores the backup from before where there is no DOWN part', async () => {
    await once();
    folder.write('migrations/003_tags.sql', noWayBack);
    await once({}, '--development');
    query("INSERT INTO notes (text) VALUES ('written since')");
    edit('003_tags.sql', 'id', 'name TEXT, id', noWayBack);
    const refused = await once({}, '--development');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('no DOWN part was recorded');
    expect(refused.err).toContain('notes: 1 row now, 0 rows then');
    const yes = await once({ columns: 80, answers: ['y\n'] }, '--development');
    expect(yes.err).toContain('and apply again? [y/N]');
    expect(yes.code).toBe(0);
    expect(yes.out).toContain('+ column tags.name TEXT');
    expect(query("SELECT name FROM pragma_table_info('tags')")).toEqual(['name', 'id']);
  });

  it.each([
    ['an empty file', '', 'EMPTY_MIGRATION'],
    ['a syntax error', 'CREATE TABL tags (id);', 'STATEMENT_FAILED'],
    ['a text that the older schema refuses', 'CREATE TABLE notes (id);', 'STATEMENT_FAILED'],
  ])('restores nothing for %s', async (_, text, code) => {
    await once();
    folder.write('migrations/003_tags.sql', noWayBack);
    await once({}, '--development');
    query('INSERT INTO tags VALUES (1)');
    folder.write('migrations/003_tags.sql', text);
    const failed = await once({}, '--yes');
    expect(failed.code).not.toBe(0);
    expect(failed.err).toContain(code);
    expect(query('SELECT id FROM tags')).toEqual([1]);
    // It does not offer what would fail.
    const asked = await once({ columns: 80 }, '--development');
    expect(asked.err).toContain(code);
    expect(asked.err).not.toContain('[y/N]');
    expect(query('SELECT id FROM tags')).toEqual([1]);
  });

  it('names the backup that undoes the restore where the files fail after it', async () => {
    await once();
    folder.write('migrations/003_tags.mjs', 'export const up = (db) => db.exec("CREATE TABLE tags (id)");\n');
    await once({}, '--development');
    query('INSERT INTO tags VALUES (1)');
    const second =
      'let runs = 0;\nexport const up = (db) => {\n  if (++runs > 1) throw new Error("only once");\n  db.exec("CREATE TABLE tags (id, x)");\n};\n';
    folder.write('migrations/003_tags.mjs', second);
    const failed = await once({}, '--yes');
    expect(failed.err).toContain('only once');
    expect(failed.err).toMatch(/`dunlin backup restore \S+ -d app\.db`\s+undoes it/);
    expect(query("SELECT name FROM sqlite_schema WHERE name = 'tags'")).toEqual([]);
  });

  it('restores it as well where the DOWN part fails', async () => {
    await once();
    const tags = `-- === UP MIGRATION ===\n${noWayBack}-- === DOWN MIGRATION ===\nDROP TABLE tagz;\n`;
    folder.write('migrations/003_tags.sql', tags);
    await once({}, '--development');
    edit('003_tags.sql', '(id', '(name TEXT, id', tags.replace('tagz', 'tags'));
    const refused = await once({}, '--development');
    expect(refused.err).toContain('no such table: tagz');
    expect(refused.err).toContain('CONFIRMATION_NEEDED');
    expect((await once({}, '--yes')).code).toBe(0);
    edit('003_tags.sql', '(id', '(id, name TEXT, more', tags.replace('tagz', 'tags'));
    expect((await once({}, '--development')).out).toContain('+ column tags.more');
  });

  it('offers nothing where a new text fails, and leaves all as it was', async () => {
    await once();
    edit('002_notes.sql', 'notes(text)', 'notes(tekst)', notes);
    const failed = await once({ columns: 80 }, '--development');
    expect(failed.err).toContain('STATEMENT_FAILED');
    expect(failed.err).toContain('no such column: tekst');
    expect(failed.err).not.toContain('[y/N]');
    expect(query("SELECT count(*) FROM pragma_index_info('notes_text')")).toEqual([1]);
  });

  it('refuses a file that an editor has left empty', async () => {
    await once();
    folder.write('migrations/002_notes.sql', '');
    expect((await once({}, '--development')).err).toContain('EMPTY_MIGRATION');
    expect(query("SELECT name FROM sqlite_schema WHERE name = 'notes'")).toEqual(['notes']);
  });

  it('records the new name of a file', async () => {
    await once();
    folder.rename('migrations/002_notes.sql', 'migrations/002_texts.sql');
    const { out } = await once({}, '--development');
    expect(out).toBe('002_notes is now called texts\napp.db is at version 2 (1.0.0), nothing pending\n');
  });

  it('makes a repeatable view again around the edited migration that it reads', async () => {
    const view = 'DROP VIEW IF EXISTS texts;\nCREATE VIEW texts AS SELECT text FROM notes;\n';
    folder.write('migrations/R__texts.sql', view);
    await once();
    edit('002_notes.sql', 'text TEXT', 'text TEXT, at TEXT', notes);
    const again = await once({}, '--development');
    expect(again.code).toBe(0);
    expect(again.out).toMatch(/ {2}R {8}texts .*\n\n {2}\+ column notes\.at TEXT\n\napp\.db is at/);
    edit('R__texts.sql', 'FROM notes', 'FROM nothing;;SELECT', view);
    expect((await once({}, '--development')).err).toContain('STATEMENT_FAILED');
    expect(query('SELECT * FROM texts')).toEqual([]);
    rmSync(join(folder.path, 'migrations/R__texts.sql'));
    expect((await once({}, '--development')).out).toContain('nothing pending');
    expect(query('SELECT * FROM texts')).toEqual([]);
  });

  it('shows no change where a text is only written differently', async () => {
    const text = (value: string): string => notes.replace('text TEXT', `text TEXT DEFAULT ${value}`);
    folder.write('migrations/002_notes.sql', text('1'));
    await once();
    folder.write('migrations/002_notes.sql', text('(1)'));
    const { out } = await once({}, '--development');
    expect(out).toContain('rolled back');
    expect(out).not.toContain('~');
    folder.write('migrations/002_notes.sql', text('(2)'));
    expect((await once({}, '--development')).out).toContain('~ column notes.text');
  });

  it('prints the changes in its document', async () => {
    const { out } = await once({}, '--json');
    const { applied, changes } = JSON.parse(out) as { applied: unknown[]; changes: { name: string }[] };
    expect(applied).toHaveLength(2);
    expect(changes.map(({ name }) => name)).toEqual(['notes', 'notes_text', 'users']);
  });

  it('runs a command after a change, and only then', async () => {
    const ran: unknown[] = [];
    const onShell = (command: string, { stdio }: SpawnOptions): number => ran.push([command, stdio]) - 1;
    expect((await once({ onShell }, '--exec', 'generate')).code).toBe(0);
    expect((await once({ onShell }, '--exec', 'generate', '--development')).code).toBe(0);
    expect(ran).toEqual([['generate', ['inherit', 'inherit', 'inherit']]]);
    edit('002_notes.sql', 'text TEXT', 'text TEXT, at TEXT', notes);
    const failed = await once({ onShell }, '--exec', 'generate', '--development', '--json');
    expect(ran[1]).toEqual(['generate', ['inherit', 2, 'inherit']]);
    expect(failed.code).toBe(1);
    expect(failed.err).toContain('`generate` ended with 1');
  });

  it('takes one database', async () => {
    expect((await once({}, '-d', 'b.db')).err).toContain('`dev` works on one database');
    expect((await folder.run(['dev', '-d', 'a.db', '-d', 'b.db'])).code).toBe(2);
    expect((await folder.run(['dev', '-d', 'a.db', '--json'])).out).toContain('add --once, or use --events');
  });

  it('shows what changed in a table, line by line', async () => {
    await once();
    const text = (columns: string): string =>
      `-- === UP MIGRATION ===\nALTER TABLE notes RENAME TO old;\nCREATE TABLE notes (${columns});\n-- === DOWN MIGRATION ===\nDROP TABLE notes;\nALTER TABLE old RENAME TO notes;\n`;
    folder.write('migrations/003_more.sql', text('a TEXT, b INTEGER, c, CHECK (b > 0)'));
    await once({}, '--development');
    folder.write('migrations/003_more.sql', text('b TEXT, a TEXT, d, e, UNIQUE (a)'));
    const { out } = await once({}, '--development');
    expect(out).toMatch(/ {2}~ column notes\.b: /);
    expect(out).toContain('- notes: CHECK (b > 0)');
    expect(out).toContain('+ notes: UNIQUE (a)');
    expect(out).toContain('column notes.');
  });
});

/** Runs it in this process, with what stands for a signal. */
function follow(
  options: RunOptions,
  ...args: string[]
): {
  ended: Promise<Ran>;
  stop: (signal: StopSignal) => void;
  rounds: () => number;
  printed: () => string;
} {
  let rounds = 0;
  let text = '';
  const listeners = new Set<(signal: StopSignal) => void>();
  const ended = folder.run(['dev', '-d', 'app.db', '--no-color', '--development', ...args], {
    ...options,
    onStopSignal: (send) => listeners.add(send),
    onOut: (more) => void (text += more),
    wrap: (runner) => {
      rounds++;
      return runner;
    },
  });
  return {
    ended,
    stop: (signal) => listeners.forEach((send) => send(signal)),
    rounds: () => rounds,
    printed: () => text,
  };
}
const exists = (name: string): boolean =>
  existsSync(join(folder.path, 'app.db')) && query(`SELECT 1 FROM sqlite_schema WHERE name = '${name}'`).length > 0;

describe('dev', () => {
  it('runs a round after each change, until a signal ends it', { timeout: 60_000 }, async () => {
    folder.write('dunlin.config.json', '{}');
    const { ended, stop, rounds } = follow({}, '--config', 'dunlin.config.json', '--lock-timeout', '1ms');
    await expect.poll(() => exists('notes'), { timeout: 50_000 }).toBe(true);
    folder.write('migrations/003_tags.sql', noWayBack);
    await expect.poll(() => exists('tags'), { timeout: 50_000 }).toBe(true);
    const db = new Database(join(folder.path, 'app.db'));
    db.exec('BEGIN IMMEDIATE');
    folder.write('migrations/004_more.sql', 'CREATE TABLE more (id);');
    folder.write('migrations/sub/deep/er/5.sql', '');
    // The round that found it locked has ended when another one begins.
    const begun = rounds();
    await expect.poll(rounds, { timeout: 50_000 }).toBeGreaterThan(begun + 1);
    db.exec('ROLLBACK');
    db.close();
    await expect.poll(() => exists('more'), { timeout: 50_000 }).toBe(true);
    stop('SIGTERM');
    const { code, out } = await ended;
    expect(code).toBe(143);
    expect(out).toContain('watching migrations; Ctrl-C ends it');
    expect(out).toContain('003_tags.sql changed');
    // No format looks into folders so deep.
    expect(out).toContain('004_more.sql changed');
  });
});

describe('dev', { timeout: 60_000 }, () => {
  it('does not follow a command for ever that changes the migrations itself', async () => {
    let written = 0;
    const onShell = (): number => {
      folder.write(`migrations/1${written}_more.sql`, `CREATE TABLE more_${written} (id);`);
      written++;
      return 0;
    };
    const { ended, stop, rounds } = follow({ onShell }, '--exec', 'generate');
    await expect.poll(() => written, { timeout: 50_000 }).toBe(3);
    // Nothing makes another round for three times as long as a change takes to be seen.
    await new Promise((done) => setTimeout(done, 1500));
    expect(rounds()).toBe(3);
    folder.write('migrations/900_last.sql', 'CREATE TABLE last (id);');
    await expect.poll(() => exists('last'), { timeout: 50_000 }).toBe(true);
    stop('SIGTERM');
    expect((await ended).err).toContain('`generate` has changed the migrations 3 times in a row');
    expect(exists('more_2')).toBe(true);
  });

  it.each([
    ['.env', (name: string) => `DATABASE_PATH=${name}\n`],
    ['dunlin.config.json', (name: string) => JSON.stringify({ database: name, development: true })],
  ])('ends when %s names another database', async (file, content) => {
    await once();
    copyFileSync('app.db', 'prod.db');
    folder.write(file, content('app.db'));
    let printed = '';
    const args = ['dev', '--no-color', ...(file === '.env' ? ['--development'] : [])];
    const ended = folder.run(args, { onOut: (text) => void (printed += text) });
    await expect.poll(() => printed, { timeout: 50_000 }).toContain('watching migrations');
    folder.write('migrations/003_tags.sql', noWayBack);
    folder.write(file, content('prod.db'));
    const { code, err } = await ended;
    expect(code).toBe(2);
    expect(err).toMatch(/was started on app\.db, and [^]* names\s+prod\.db\s+now/);
    const prod = new Database(join(folder.path, 'prod.db'), { readonly: true });
    expect(prod.prepare("SELECT name FROM sqlite_schema WHERE name = 'tags'").all()).toEqual([]);
    prod.close();
  });

  it('follows the directory that the configuration names', async () => {
    await once();
    folder.write('dunlin.config.json', '{ "database": "app.db" }');
    const { ended, stop, printed } = follow({});
    await expect.poll(printed, { timeout: 50_000 }).toContain('watching migrations');
    for (const [name, text] of [['001_users.sql', users] as const, ['002_notes.sql', notes] as const])
      folder.write(`other/${name}`, text);
    folder.write('dunlin.config.json', '{ "database": "app.db", "migrations": ');
    await expect.poll(printed, { timeout: 50_000 }).toContain('dunlin.config.json changed');
    folder.write('dunlin.config.json', '{ "database": "app.db", "migrations": "other" }');
    await expect.poll(printed, { timeout: 50_000 }).toMatch(/dunlin\.config\.json changed\n[^]*nothing pending/);
    folder.write('other/003_tags.sql', noWayBack);
    await expect.poll(() => exists('tags'), { timeout: 50_000 }).toBe(true);
    stop('SIGTERM');
    expect((await ended).code).toBe(143);
  });

  it('makes the database again after it was deleted, if there are no backups of it', async () => {
    folder.write('migrations/.hidden', '');
    await once();
    const { ended, stop, printed } = follow({}, '--no-backup');
    await expect.poll(printed, { timeout: 50_000 }).toContain('watching migrations');
    rmSync(join(folder.path, 'app.db'));
    await expect.poll(printed, { timeout: 50_000 }).toMatch(/app\.db is gone\ncreated app\.db\n[^]*is at version 2/);
    folder.write('migrations/helper.mjs', '');
    await expect.poll(printed, { timeout: 50_000 }).toMatch(/helper\.mjs changed[^]*nothing pending/);
    stop('SIGINT');
    const { code, out } = await ended;
    expect(code).toBe(130);
    expect(out).toContain('helper.mjs changed, which is no migration: `dunlin redo -d app.db` applies');
  });

  it('passes a signal to the round that runs', async () => {
    const { ended, stop, rounds } = follow({});
    await expect.poll(rounds, { timeout: 50_000, interval: 1 }).toBe(1);
    stop('SIGTERM');
    expect((await ended).code).toBe(143);
  });
});

/** `dunlin dev` in a process of its own. */
class Loop {
  text = '';
  readonly #child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals | null>;

  constructor(...args: string[]) {
    this.#child = spawn(process.execPath, [cli, 'dev', '-d', 'app.db', '--development', ...args], {
      cwd: folder.path,
      env: { PATH: process.env['PATH'], HOME: folder.path },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    this.ended = new Promise((done) => this.#child.on('close', (code, signal) => done(signal ?? code)));
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  /** Waits until it has printed that, after what it printed before. */
  async prints(text: string | RegExp): Promise<string> {
    await expect.poll(() => this.text, { timeout: 50_000, interval: 20 }).toMatch(text);
    const printed = this.text;
    this.text = '';
    return printed;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

describe('the process of dev', { timeout: 60_000 }, () => {
  it('follows files however they are saved, and survives what is wrong with them', async () => {
    const loop = new Loop();
    await loop.prints('watching migrations');
    // An editor that writes beside the file and renames.
    edit('.new', 'text TEXT', 'text TEXT, a TEXT', notes);
    renameSync(join(folder.path, 'migrations/.new'), join(folder.path, 'migrations/002_notes.sql'));
    expect(await loop.prints('app.db is at version 2 (1.0.0)\n')).toContain('+ column notes.a TEXT');
    // One that empties the file first.
    truncateSync(join(folder.path, 'migrations/002_notes.sql'));
    edit('002_notes.sql', 'text TEXT', 'text TEXT, b TEXT', notes);
    expect(await loop.prints('app.db is at version 2 (1.0.0)\n')).toContain('~ column notes.a: now called b');
    edit('002_notes.sql', 'CREATE INDEX', 'CREATE INDX', notes);
    expect(await loop.prints('The backup from before this run')).toContain('near "INDX": syntax error');
    folder.write('migrations/003_tags.sql', noWayBack);
    edit('002_notes.sql', 'text TEXT', 'text TEXT, c TEXT', notes);
    expect(await loop.prints('app.db is at version 3 (1.0.0)\n')).toContain('~ column notes.b: now called c');
    rmSync(join(folder.path, 'migrations'), { recursive: true });
    await loop.prints('DIRECTORY_NOT_FOUND');
    folder.write('migrations/001_users.sql', users);
    edit('002_notes.sql', 'text TEXT', 'text TEXT, c TEXT', notes);
    folder.write('migrations/003_tags.sql', noWayBack);
    await loop.prints('app.db is at version 3 (1.0.0), nothing pending');
    rmSync(join(folder.path, 'app.db'));
    expect(await loop.prints('DATABASE_VANISHED')).toContain('app.db is gone');
    loop.kill('SIGTERM');
    expect(await loop.ended).toBe(143);
  });

  it('loads an edited module anew, with what it imports', async () => {
    const module =
      "import { columns } from './helpers/columns.mjs';\nexport const up = (db) => db.exec(`CREATE TABLE t (${columns})`);\nexport const down = (db) => db.exec('DROP TABLE t');\n";
    folder.write('migrations/helpers/columns.mjs', "export const columns = 'a';\n");
    folder.write('migrations/003_t.mjs', module);
    const loop = new Loop();
    await loop.prints('watching migrations');
    folder.write('migrations/helpers/columns.mjs', "export const columns = 'a, b';\n");
    expect(await loop.prints('nothing pending')).toContain('helpers/columns.mjs changed, which is no migration: `');
    folder.write('migrations/003_t.mjs', module.replace('(${', '(z, ${'));
    expect(await loop.prints('app.db is at version 3 (1.0.0)\n')).toContain('+ column t.b');
    loop.kill('SIGINT');
    expect(await loop.ended).toBe(130);
  });

  it('follows a checkout', async () => {
    const git = (...args: string[]): void => {
      const set = ['-c', 'user.name=a', '-c', 'user.email=a@b.c', '-c', 'init.defaultBranch=main'];
      const { status, stderr } = spawnSync('git', [...set, ...args], { cwd: folder.path, encoding: 'utf8' });
      expect(status, stderr).toBe(0);
    };
    folder.write('.gitignore', 'app.db*\n');
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'one');
    git('checkout', '-qb', 'two');
    for (const n of [3, 4, 5, 6, 7])
      folder.write(
        `migrations/00${n}_t${n}.sql`,
        `-- === UP MIGRATION ===\nCREATE TABLE t${n} (id);\n-- === DOWN MIGRATION ===\nDROP TABLE t${n};\n`,
      );
    git('add', '.');
    git('commit', '-qm', 'two');
    const loop = new Loop();
    await loop.prints('watching migrations');
    git('checkout', '-q', 'main');
    expect(await loop.prints('app.db is at version 2 (1.0.0)\n')).toContain('5 files changed');
    git('checkout', '-q', 'two');
    expect(await loop.prints('app.db is at version 7 (1.0.0)\n')).toContain('+ table t7');
    loop.kill('SIGINT');
    expect(await loop.ended).toBe(130);
  });

  it('tries again while another process has the lock, and stops in the middle of a round', async () => {
    const loop = new Loop('--lock-timeout', '50ms');
    await loop.prints('watching migrations');
    const db = new Database(join(folder.path, 'app.db'));
    db.exec('BEGIN IMMEDIATE');
    edit('002_notes.sql', 'text TEXT', 'text TEXT, a TEXT', notes);
    await loop.prints('LOCKED');
    db.exec('ROLLBACK');
    db.close();
    await loop.prints('+ column notes.a TEXT');
    const slow = `export async function up(db) {
  db.exec('CREATE TABLE s (id)');
  process.stdout.write('in the middle');
  while (process.listenerCount('SIGINT') > 0) await new Promise((done) => setTimeout(done, 5));
}
`;
    folder.write('migrations/003_s.mjs', slow);
    folder.write('migrations/004_u.sql', 'CREATE TABLE u (id);');
    await loop.prints('in the middle');
    loop.kill('SIGINT');
    expect(await loop.ended).toBe(130);
    expect(query("SELECT name FROM sqlite_schema WHERE name IN ('s', 'u')")).toEqual(['s']);
  });

  it('ends with the process of a round that a migration ends', async () => {
    const loop = new Loop('--events', '--exec', 'echo shell');
    await loop.prints('"type":"result"');
    folder.write('migrations/003_s.mjs', 'export const up = () => process.exit(0);\n');
    await loop.prints('COMMAND_NOT_FINISHED');
    folder.write('migrations/003_s.mjs', "export const up = (db) => db.exec('CREATE TABLE s (id)');\n");
    expect(await loop.prints('shell\n')).toContain('"changes":[');
    loop.kill('SIGTERM');
    expect(await loop.ended).toBe(143);
  });
});
