import BetterSqlite3 from 'better-sqlite3';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Folder } from './harness.ts';

/** A title for the window, hidden text, a bell, a carriage return, a C1 sequence, and text that runs the other way. */
const evil = 'e\x1b]0;title\x07\x1b[8m\rover\x9b31m\u202ever\u2066\x7f';
const quoted = `"${evil}"`;
const database = `app${evil}.db`;
const app = ['-d', database];

let folder: Folder;
beforeEach(() => {
  folder = new Folder({
    'migrations/001_a.sql': `-- === UP MIGRATION ===
CREATE TABLE ${quoted} (id INTEGER PRIMARY KEY, ${quoted.replace('e', 'c')} TEXT);
INSERT INTO ${quoted} VALUES (1, 'x');
-- === DOWN MIGRATION ===
DROP TABLE ${quoted};
`,
  });
});
afterEach(() => folder.remove());

/** What is left when our own colours, the line that is written over, and what Node asks questions with are taken away. */
function left(text: string): string {
  const ours = text
    .replace(/\x1b\[(?:[12]|22|3\d|39|9\d)m/g, '')
    .replaceAll('\r\x1b[K', '')
    .replace(/\x1b\[\d*[GJ]|\r(?=\n)/g, '');
  return (ours.match(/[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g) ?? []).join('');
}

async function run(argv: readonly string[]): Promise<string> {
  const { out, err } = await folder.run(argv, { columns: 100, env: { FORCE_COLOR: '1' }, answers: ['n\n'] });
  const said = out + err;
  expect(left(said), argv.join(' ')).toBe('');
  return said;
}

it('of names of tables, columns and databases are shown as escapes by every command', async () => {
  const made = await run(['up', ...app]);
  expect(made).toContain('\\u001b]0;title\\u0007');
  folder.write('migrations/002_b.sql', `DELETE FROM ${quoted};\nSELECT 1;\nSELECT nothing FROM ${quoted};`);
  for (const argv of [['plan'], ['plan', '--verbose'], ['up', '--verbose'], ['up', '--json'], ['up', '--events']])
    await run([...argv, ...app]);
  folder.write('migrations/002_b.sql', `INSERT INTO ${quoted} VALUES (1, 'y');`);
  const refused = await run(['up', ...app]);
  expect(refused).toContain('\\u202e');
  const db = new BetterSqlite3(database);
  db.exec(`CREATE INDEX "i${evil}" ON ${quoted} (id)`);
  db.exec(`UPDATE schema_migration_attempts SET host = '${evil}', tool = '${evil}', error = '${evil}'`);
  db.close();
  for (const argv of [
    ['status'],
    ['status', '--verbose'],
    ['history'],
    ['check'],
    ['check', '--json'],
    ['dump'],
    ['dump', '--format', 'mermaid'],
    ['diff', 'empty'],
    ['repair', '--schema'],
    ['down', '--to', '0'],
    ['try', '1'],
    ['backup', 'list'],
    ['backup', 'create'],
    ['backup', 'restore', 'latest'],
    ['reset'],
  ])
    await run([...argv, ...app]);
});

it('nor of files and folders', async () => {
  folder.write(`migrations/2_${evil}.sql`, `SELECT nothing;`);
  folder.write(`migrations/${evil}`, '');
  await run(['up', '-d', 'app.db']);
  await run(['status', '-d', 'app.db']);
  await run(['check', '-d', 'app.db', '--verbose']);
  mkdirSync(`m${evil}`);
  renameSync('migrations/001_a.sql', `m${evil}/001_a.sql`);
  await run(['up', '-d', 'b.db', '-m', `m${evil}`]);
  await run(['up', '-d', `no${evil}/b.db`, '-m', `m${evil}`]);
  writeFileSync('x.db', 'no database at all, and more than sixteen bytes');
  renameSync('x.db', `x${evil}.db`);
  await run(['up', '-d', `x${evil}.db`, '-m', `m${evil}`]);
});

it('nor of what a migration throws, or the command line is given', async () => {
  folder.write('migrations/001_a.mjs', `export function up() { throw new Error(${JSON.stringify(evil)}); }`);
  renameSync('migrations/001_a.sql', 'a.txt');
  await run(['up', '-d', 'app.db']);
  await run(['up', '-d', 'app.db', '--verbose']);
  await run([evil]);
  await run(['up', `--${evil}`]);
  await run(['to', evil]);
});

it('a dump that does not go to a terminal is exact, and data stay data', async () => {
  await folder.run(['up', ...app]);
  expect((await folder.run(['dump', ...app])).out).toContain(quoted);
  const { out } = await folder.run(['dump', ...app, '--json']);
  expect(left(out)).toBe('');
  expect((JSON.parse(out) as { text: string }).text).toContain(quoted);
});
