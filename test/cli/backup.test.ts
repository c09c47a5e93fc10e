import Database from 'better-sqlite3';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.ts';
import { Folder, type RunOptions } from './harness.ts';

let folder: Folder;

const first =
  "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO users (name) VALUES ('ada'), ('bob');";

beforeEach(() => {
  folder = new Folder({ 'migrations/001_users.sql': first });
});
afterEach(() => folder.remove());

const run = (line: string, options: RunOptions = {}): ReturnType<Folder['run']> =>
  folder.run([...line.split(' '), '-d', 'app.db'], options);

/** Version 1, a backup of it, then version 2. */
async function twoVersions(): Promise<string> {
  await run('up');
  folder.write('migrations/002_more.sql', 'CREATE TABLE more (id INTEGER PRIMARY KEY);');
  const { out } = await run('up');
  return /(\d{8}T\d{9}Z-before-0002)\.db/.exec(out)![1]!;
}

const files = (): string[] => readdirSync(join(folder.path, 'app.db-backups')).filter((name) => name.includes('.db'));

describe('a run shows its backup', () => {
  it('while it works, with the size and that it is proven', async () => {
    await run('up');
    folder.write('migrations/002_more.sql', 'CREATE TABLE more (id);');
    const { code, out } = await run('up');
    expect(code).toBe(0);
    expect(out).toMatch(
      / {2}backup {3}app\.db-backups\/\d{8}T\d{9}Z-before-0002\.db {2}[\d.]+ kB, proven +[\d.]+ m?s\n {2}002 /,
    );
  });

  it('at the end of a failure', async () => {
    await run('up');
    folder.write('migrations/002_bad.sql', 'SELECT nope;');
    const { code, err } = await run('up');
    expect(code).toBe(1);
    expect(err).toMatch(/The backup from before this run is kept: `app\.db-backups\/\d{8}T\d{9}Z-before-0002\.db`\n$/);
    const { out } = await run('up --json');
    expect(JSON.parse(out).backup).toMatchObject({
      id: expect.stringMatching(/-before-0002$/),
      bytes: expect.any(Number),
    });
  });

  it('in its plan, and in the status', async () => {
    await run('up');
    folder.write('migrations/002_more.sql', 'CREATE TABLE more (id);');
    const plan = await run('plan');
    expect(plan.out).toMatch(/\n {2}would back up to app\.db-backups\/ first \([\d.]+ kB; [\d.]+ [kMGT]B free\)\n$/);
    expect((await run('plan --no-backup')).out).not.toContain('would back up');
    expect(JSON.parse((await run('plan --json')).out).backup).toMatchObject({ bytes: expect.any(Number) });
    expect((await run('status')).out).not.toContain('newest backup');
    await run('up');
    expect((await run('status')).out).toMatch(/newest backup: \d{8}T\d{9}Z-before-0002, /);
    expect(JSON.parse((await run('status --json')).out).backup).toMatchObject({ createdAt: expect.any(String) });
  });

  it.each(['--no-backup', '--backup off'])('or says with %s what is given up', async (option) => {
    await run('up');
    folder.write('migrations/002_more.sql', 'CREATE TABLE more (id);');
    const { err, out } = await run(`up ${option}`);
    expect(err).toMatch(/^warning: no backup is made\./);
    expect(out).not.toContain('proven');
    // With nothing to do there is nothing to warn of.
    expect((await run(`up ${option}`)).err).toBe('');
  });

  it('only before what is risky, if so asked', async () => {
    await run('up');
    folder.write('migrations/002_more.sql', 'CREATE TABLE more (id);');
    expect((await run('up --backup risky')).out).not.toContain('proven');
    folder.write('migrations/003_less.sql', 'DROP TABLE more;');
    expect((await run('up --backup risky')).out).toContain('proven');
    expect((await run('up --backup sometimes')).code).toBe(2);
  });

  it('puts backups in the folder that is named, or configured', async () => {
    await run('up');
    folder.write('migrations/002_more.sql', 'CREATE TABLE more (id);');
    expect((await run('up --backup-dir safe')).out).toMatch(/ safe\/app\.db-[0-9a-z]{13}\/\S+-before-0002\.db /);
    expect((await run('backup list --backup-dir safe')).out).toContain('before-0002');
    folder.write('conf/dunlin.config.json', '{ "backups": { "directory": "kept" }, "migrations": "../migrations" }');
    folder.write('migrations/003_more.sql', 'CREATE TABLE again (id);');
    expect((await run('up --config conf/dunlin.config.json')).out).toMatch(/ conf\/kept\/app\.db-/);
  });

  it('before a reset, which it undoes', async () => {
    await run('up');
    const { out } = await run('reset --confirm app.db');
    const id = /`dunlin backup restore (\S+) -d app\.db` brings back/.exec(out)![1]!;
    expect((await run(`backup restore ${id} --yes`)).code).toBe(0);
    expect((await run('status')).out).toContain('version 1 ');
    expect((await run('reset --confirm app.db --no-backup')).err).toContain('no backup is made');
  });
});

describe('dunlin backup', () => {
  it('names the version of a database without migrations', async () => {
    const db = new Database(join(folder.path, 'app.db'));
    db.exec('CREATE TABLE t (id)');
    db.close();
    await run('backup create');
    expect((await run('backup list')).out).toMatch(/-manual +.*:\d\d +000 +[\d.]+ kB\n$/);
  });

  it('create, list, verify, prune', async () => {
    const id = await twoVersions();
    const made = await run('backup create');
    expect(made.out).toMatch(
      /^app\.db is backed up: app\.db-backups\/\d{8}T\d{9}Z-manual\.db \([\d.]+ kB, proven\)\n$/,
    );
    const { out } = await run('backup list');
    expect(out).toMatch(
      /^ {2}backup +made +version +size\n {2}\S+-manual +.*002 +[\d.]+ kB\n {2}\S+-before-0002 +.*001 .*compressed\n$/,
    );
    expect((await run('backup verify')).out).toMatch(/-manual is sound\n$/);
    expect((await run(`backup verify ${id}`)).out).toBe(`${id} is sound\n`);
    expect((await run('backup verify --all')).out.match(/is sound/g)).toHaveLength(2);
    expect((await run('backup prune')).out).toBe('app.db has no backup beyond the limits\n');
    expect((await run('backup prune --keep 0')).code).toBe(2);
    expect((await run('backup prune --keep 2')).out).toBe('app.db has no backup beyond the limits\n');
    await run('backup create');
    expect((await run('backup prune --keep 2')).out).toMatch(/^1 backup of app\.db removed/);
    folder.write('dunlin.config.json', '{ "backups": { "keep": 1 } }');
    expect((await run('backup prune')).out).toMatch(/^1 backup of app\.db removed, [\d.]+ k?B freed\n$/);
    expect(files()).toHaveLength(1);
  });

  it('restore shows what is lost and asks', async () => {
    const id = await twoVersions();
    const no = await run(`backup restore ${id}`, { columns: 100, answers: ['n\n'] });
    expect(no).toMatchObject({ code: 1 });
    expect(no.err).toContain('002_more would be pending again\n  more: 0 rows now, no table then');
    expect(no.err).toContain('DECLINED');
    const yes = await run(`backup restore ${id}`, { columns: 100, answers: ['y\n'] });
    expect(yes.code).toBe(0);
    expect(yes.out).toMatch(
      /^app\.db is what it was at \S+-before-0002\n`dunlin backup restore \S+-before-restore -d app\.db` undoes this\n/,
    );
    expect((await run('status')).out).toContain('1 pending');
    expect((await run('history')).out).toMatch(/ restore +ok /);
  });

  it('restore needs --yes where nobody can be asked', async () => {
    const id = await twoVersions();
    const refused = await run(`backup restore ${id}`);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('--yes');
    expect((await run('status')).out).toContain('0 pending');
    const { code, out } = await run(`backup restore ${id} --yes --json`);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      command: 'backup restore',
      ok: true,
      backup: { id },
      undone: [{ version: 2, name: 'more' }],
      damaged: [],
    });
  });

  it('restore latest brings back a database that is gone, and `up` says so', async () => {
    const id = await twoVersions();
    folder.rename('app.db', 'elsewhere.db');
    const up = await run('up');
    expect(up.err.replaceAll(/\s+/g, ' ')).toContain(`dunlin backup restore ${id}`);
    const { code, out } = await run('backup restore latest --yes');
    expect({ code, out }).toMatchObject({ code: 0, out: `app.db is what it was at ${id}\n` });
    expect((await run('up')).code).toBe(0);
  });

  it('says where what was damaged is now', async () => {
    await twoVersions();
    writeFileSync(join(folder.path, 'app.db'), 'x'.repeat(8192));
    const { code, out } = await run('backup restore latest --yes');
    expect(code).toBe(0);
    const aside = /what was there is now (app\.db\.damaged-\S+)\n/.exec(out)![1]!;
    expect(readFileSync(join(folder.path, aside), 'utf8').startsWith('xxx')).toBe(true);
  });

  it('verify tells a damaged backup from the others', async () => {
    const id = await twoVersions();
    await run('backup create');
    const damaged = join(
      folder.path,
      'app.db-backups',
      files().find((name) => name.startsWith(id))!,
    );
    const bytes = readFileSync(damaged);
    bytes[bytes.length - 12]! ^= 1;
    writeFileSync(damaged, bytes);
    const { code, out } = await run('backup verify --all');
    expect(code).toBe(1);
    expect(out).toMatch(/-manual is sound\nThe backup \S+-before-0002 is damaged: /);
    expect(JSON.parse((await run('backup verify --all --json')).out)).toMatchObject({
      ok: false,
      backups: [
        { sound: true, error: null },
        { sound: false, error: { code: 'BACKUP_CORRUPT' } },
      ],
    });
    const single = await run(`backup restore ${id} --yes`);
    expect(single).toMatchObject({ code: 1, err: expect.stringContaining('BACKUP_CORRUPT') });
    expect((await run(`backup verify --all ${id}`)).code).toBe(2);
  });

  it('has nothing to show where there is nothing', async () => {
    await run('up');
    const nowhere = 'app.db has no backups: there is no folder app.db-backups\n';
    expect((await run('backup list')).out).toBe(nowhere);
    expect((await run('backup verify --all')).out).toBe(nowhere);
    expect((await run('backup list --backup-dir migrations')).out).toBe('app.db has no backups in migrations\n');
    expect((await run('backup list --backup-dir elsewhere')).out).toBe(
      'app.db has no backups: there is no folder elsewhere\n',
    );
    expect(await folder.run(['backup', 'list', '-d', 'ap.db'])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('DATABASE_NOT_FOUND'),
    });
    expect((await run('backup list --backup-dir=')).code).toBe(2);
    expect((await run('backup restore latest --yes')).err).toContain('BACKUP_NOT_FOUND');
  });
});

describe('the commands below `backup`', () => {
  const below = commands.find((command) => command.name === 'backup')!.commands!;

  it.each(below.map((command) => command.name))('%s has a help that fits 60 columns', async (name) => {
    const env = { COLUMNS: '60' };
    const { code, out } = await folder.run([...name.split(' '), '--help'], { env });
    expect(code).toBe(0);
    expect(out).toContain(`Usage: dunlin ${name}`);
    expect((await folder.run(['help', ...name.split(' ')], { env })).out).toBe(out);
    expect(out.split('\n').filter((line) => line.length > 60 && !line.startsWith('  dunlin '))).toEqual([]);
  });

  it.each([
    ['lst', 'backup list'],
    ['ls', 'backup list'],
    ['make', 'backup create'],
    ['undo', 'backup restore'],
  ])('`dunlin backup %s` suggests %s', async (typed, suggestion) => {
    const { code, err } = await folder.run(['backup', typed]);
    expect(code).toBe(2);
    expect(err).toContain(`\`dunlin ${suggestion}\``);
  });

  it('are named by their own name when used wrongly', async () => {
    expect((await folder.run(['backup', 'restore'])).err).toContain('`dunlin backup restore` needs <backup>');
    expect((await folder.run(['backup', 'list', '--nope'])).err).toContain('--nope');
    expect((await folder.run(['restore', 'latest'])).err).toContain('`dunlin backup restore`');
    expect((await folder.run(['backup'])).out).toContain('Usage: dunlin backup');
  });
});
