import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder } from './harness.ts';
import { adoptSamples, plainFiles, texts } from '../ledger/adopt-samples.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder(
    Object.fromEntries(Object.entries(plainFiles).map(([name, text]) => [`migrations/${name}`, text])),
  );
  edit(`${texts.users}${texts.roles}${sqlOf('knex')}`);
});
afterEach(() => folder.remove());

const app = ['-d', 'app.db'];
const sqlOf = (to: string): string => adoptSamples.find((sample) => sample.to === to)!.sql;
const edit = (sql: string, file = 'app.db'): void => {
  const db = new BetterSqlite3(file);
  db.exec(sql);
  db.close();
};

describe('dunlin adopt', () => {
  it('shows what it found, records it, and undoes it', async () => {
    const shown = await folder.run(['adopt', ...app, '--dry-run']);
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(shown.out).toBe(`app.db: the table "knex_migrations" of Knex records 2 applied migrations
  here       001_users to 002_roles
  checksums  2 cannot be checked
  schema     as these migrations make it

Nothing was changed. \`dunlin adopt -d app.db\` records 2 migrations as applied, and runs none
`);
    const { out } = await folder.run(['adopt', ...app]);
    expect(out).toContain('2 migrations recorded as applied, none of them ran; app.db is at version 2, 1 pending\n');
    expect(await folder.run(['adopt', ...app])).toMatchObject({
      code: 0,
      out: 'app.db: adopted already: 2 migrations recorded, the table "knex_migrations" of Knex has no others\n',
    });
    expect((await folder.run(['history', ...app])).out).toMatch(/adopt +ok .* 001_users, 002_roles/);
    const undone = await folder.run(['adopt', '--undo', ...app]);
    expect(undone.out).toBe("app.db: the adoption of 2 migrations is undone, and Dunlin's tables are gone\n");
    expect((await folder.run(['adopt', '--undo', ...app])).code).toBe(1);
    expect((await folder.run(['adopt', '2', ...app])).out).toContain('app.db is at version 2');
  });

  it('names differences, and takes them with a flag', async () => {
    edit('DROP TABLE users; CREATE TABLE users (id INTEGER PRIMARY KEY)');
    const shown = await folder.run(['adopt', ...app, '--dry-run']);
    expect(shown.code).toBe(3);
    expect(shown.out).toContain('\n  differs    table users: column name');
    const refused = await folder.run(['adopt', ...app], { columns: 200 });
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('ADOPT_DIFFERS');
    expect(refused.err).toContain('`dunlin adopt --accept-differences -d app.db`');
    const taken = await folder.run(['adopt', '2', '--from', 'knex', ...app], { columns: 200 });
    expect(taken.err).toContain('`dunlin adopt 2 --from knex --accept-differences -d app.db`');
    expect((await folder.run(['adopt', ...app, '--accept-differences'])).code).toBe(0);
  });

  it('counts the checksums', async () => {
    edit(`${texts.users}${texts.roles}${sqlOf('sqlx')}`, 'other.db');
    const other = ['-d', 'other.db', '--dry-run'];
    expect((await folder.run(['adopt', ...other])).out).toContain('\n  checksums  2 right\n');
    folder.write('migrations/002_roles.sql', texts.roles.replace('Grace', 'Ada'));
    const { out } = await folder.run(['adopt', ...other]);
    expect(out).toContain('\n  checksums  1 right, 1 wrong\n');
    expect(out).toContain('\n  differs    migrations/002_roles.sql was edited after sqlx applied it\n');
    edit(`${texts.users};PRAGMA user_version = 1`, 'counted.db');
    folder.write('migrations/002_roles.sql', texts.roles);
    expect((await folder.run(['adopt', '-d', 'counted.db'])).out).toContain(
      'counted.db: user_version records the newest migration\n  here       001_users\n',
    );
    edit(`${texts.users};CREATE TABLE migrations (name TEXT); INSERT INTO migrations VALUES ('001_users')`, 'own.db');
    expect((await folder.run(['adopt', '-d', 'own.db'])).out).toContain(
      'the table "migrations" records 1 applied migration',
    );
  });

  it('refuses what the other tool has applied since, also after a restore', async () => {
    const third = `CREATE TABLE tags (id INTEGER PRIMARY KEY);
      INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('003_tags.ts', 4, 4)`;
    await folder.run(['adopt', ...app, '-q']);
    await folder.run(['backup', 'create', ...app, '-q']);
    edit(third);
    const check = async (): Promise<void> => {
      for (const command of ['up', 'plan', 'check'])
        expect((await folder.run([command, ...app], { columns: 300 })).err).toContain('ADOPT_BEHIND');
      expect((await folder.run(['status', ...app], { columns: 300 })).out).toContain('that tool has applied 003_tags');
    };
    await check();
    const restored = await folder.run(['backup', 'restore', 'latest', ...app, '--yes']);
    expect(restored).toMatchObject({ code: 0 });
    edit(third);
    await check();
    const { out } = await folder.run(['adopt', ...app]);
    expect(out).toContain('  here       003_tags\n');
    expect(out).toContain('1 migration recorded as applied, none of them ran; app.db is at version 3\n');
  });

  it('keeps the dump of the schema up to date', async () => {
    const { out } = await folder.run(['adopt', ...app, '--dump', 'schema.sql', '--json']);
    expect(JSON.parse(out)).toMatchObject({ ok: true, dump: { file: 'schema.sql', changed: true } });
    expect((await folder.run(['adopt', '--undo', '--dry-run', ...app])).code).toBe(2);
  });
});

describe('dunlin export', () => {
  it('shows what it would write, and writes it', async () => {
    await folder.run(['adopt', ...app, '-q']);
    await folder.run(['up', ...app, '-q']);
    const shown = await folder.run(['export', '--to', 'knex', '--dry-run', ...app]);
    expect(shown.out).toBe(`  003_tags  recorded as 003_tags.ts
Nothing was changed. \`dunlin export --to knex -d app.db\` writes 1 migration to Knex
`);
    expect((await folder.run(['export', '--to', 'knex', ...app])).out).toContain(
      'app.db: 1 migration written to Knex\n',
    );
    expect((await folder.run(['export', '--to', 'knex', ...app])).out).toBe(
      'app.db: Knex has recorded everything already\n',
    );
    await folder.run(['down', ...app, '--yes', '-q']);
    expect((await folder.run(['export', '--to', 'knex', ...app])).out).toContain(
      '  003_tags  no longer recorded as 003_tags.ts\n',
    );
  });

  it('has names for what no tool is', async () => {
    edit(`${texts.users};PRAGMA user_version = 1`, 'counted.db');
    await folder.run(['adopt', '-d', 'counted.db', '-q']);
    await folder.run(['up', '-d', 'counted.db', '-q', '--steps', '1']);
    const { out } = await folder.run(['export', '--to', 'user_version', '-d', 'counted.db']);
    expect(out).toBe('  002_roles  recorded as 2\ncounted.db: 1 migration written to user_version\n');
    edit(`${texts.users};CREATE TABLE migrations (name TEXT); INSERT INTO migrations VALUES ('001_users')`, 'own.db');
    await folder.run(['adopt', '-d', 'own.db', '-q']);
    expect((await folder.run(['export', '--to', 'own', '-d', 'own.db'])).out).toContain(
      'migrations has recorded everything',
    );
  });

  it('needs the tool', async () => {
    expect(await folder.run(['export', ...app])).toMatchObject({ code: 2 });
    await folder.run(['adopt', ...app, '-q']);
    const { code, err } = await folder.run(['export', '--to', 'kysely', ...app], { columns: 200 });
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining('app.db is not exported to kysely: it has no table'),
    });
  });
});
