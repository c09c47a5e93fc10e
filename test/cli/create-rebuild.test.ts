import Database from 'better-sqlite3';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Folder } from './harness.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
  const db = new Database(join(folder.path, 'app.db'));
  db.exec('CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)');
  db.close();
});
afterEach(() => folder.remove());

const created = (): string => {
  const [file] = readdirSync(join(folder.path, 'migrations')).toSorted().toReversed();
  return readFileSync(join(folder.path, 'migrations', file!), 'utf8');
};

it('writes the rebuild of a table into the first migration', async () => {
  const { code } = await folder.run(['create', 'wider', '--rebuild', 'users', '-d', 'app.db']);
  expect(code).toBe(0);
  expect(created()).toContain('DROP TABLE');
});

it('writes a call of rebuildTable into a migration in code', async () => {
  const { code } = await folder.run(['create', 'wider', '--rebuild', 'users', '--format', 'mjs', '-d', 'app.db']);
  if (code !== 0) await folder.run(['create', 'wider', '--rebuild', 'users', '--format', 'js', '-d', 'app.db']);
  expect(created()).toContain('db.rebuildTable("users"');
});

it('notes that pending migrations may change the table before', async () => {
  folder.write('migrations/001_a.sql', 'CREATE TABLE a (x);');
  const { code, err } = await folder.run(['create', 'wider', '--rebuild', 'users', '-d', 'app.db']);
  expect(code).toBe(0);
  expect(err.replaceAll(/\s+/g, ' ')).toContain('1 migration pending: the text is that of users as app.db has it now');
});

it('asks which of several databases to use', async () => {
  const both = { databases: { a: { path: 'app.db' }, b: { path: 'app.db' } } };
  folder.write('dunlin.config.json', JSON.stringify(both));
  const { code, err } = await folder.run(['create', 'wider', '--rebuild', 'users', '-m', 'migrations']);
  expect(code).not.toBe(0);
  expect(err).toMatch(/DATABASE_NOT_CHOSEN|OPTION_INVALID|which/);
});

it('refuses a configuration without a database', async () => {
  folder.write('dunlin.config.json', JSON.stringify({ migrations: 'migrations' }));
  const { code, err } = await folder.run(['create', 'wider', '--rebuild', 'users']);
  expect(code).not.toBe(0);
  expect(err).toContain('DATABASE_NOT_GIVEN');
});
