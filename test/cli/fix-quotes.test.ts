import { chmodSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixQuotes } from '../../src/node/fix-quotes.ts';
import { failureOf } from '../support/databases.ts';
import { Folder } from './harness.ts';

const first =
  '\uFEFFCREATE TABLE t (id INTEGER PRIMARY KEY, "name" TEXT);\r\nINSERT INTO t ("name") VALUES ("a"), ("it\'s");\r\n';
const second = `-- === UP MIGRATION ===
UPDATE t SET "name" = "b";
-- === DOWN MIGRATION ===
UPDATE t SET "name" = "a";
`;

let folder: Folder;
beforeEach(() => {
  folder = new Folder({ 'migrations/001_t.sql': first, 'migrations/002_b.sql': second });
});
afterEach(() => folder.remove());

const read = (name: string): string => readFileSync(join(folder.path, 'migrations', name), 'utf8');
const unchanged = (): void => expect([read('001_t.sql'), read('002_b.sql')]).toEqual([first, second]);

/** Applies the files as they are written, as an application with a driver that can does. */
async function apply(database = 'app.db', to = '2'): Promise<void> {
  folder.write('old.config.mjs', `export default { driver: '@photostructure/sqlite', doubleQuotedStrings: true };`);
  const { code } = await folder.run([
    'up',
    '-d',
    database,
    '--to',
    to,
    '--config',
    'old.config.mjs',
    '-m',
    'migrations',
  ]);
  expect(code).toBe(0);
}

describe('dunlin fix-quotes', () => {
  it('writes the strings in single quotes, and nothing else of the files', async () => {
    const { code, out, err } = await folder.run(['fix-quotes']);
    expect({ code, out }).toEqual({
      code: 0,
      out: `migrations/001_t.sql:2: "a" -> 'a'
migrations/001_t.sql:2: "it's" -> 'it''s'
migrations/002_b.sql:2: "b" -> 'b'
migrations/002_b.sql:4: "a" -> 'a'
4 texts in 2 files rewritten.
`,
    });
    expect(err).toContain('no database is configured or named');
    expect(read('001_t.sql')).toBe(first.replace('"a"', "'a'").replace(`"it's"`, "'it''s'"));
    expect(read('002_b.sql')).toBe(second.replace('"b"', "'b'").replace('"a"', "'a'"));
    expect((await folder.run(['up', '-d', 'app.db'])).code).toBe(0);
    const again = await folder.run(['fix-quotes', '-d', 'app.db']);
    expect(again).toMatchObject({
      code: 0,
      out: 'Nothing to do: SQLite finds every name in double quotes.\n',
      err: '',
    });
  });

  it('writes nothing with --dry-run, and exits with 3 if there is something to do', async () => {
    const { code, out } = await folder.run(['fix-quotes', '--dry-run', '-d', 'app.db']);
    expect(code).toBe(3);
    expect(out).toMatch(/4 texts in 2 files to rewrite. Nothing was written.\n$/);
    unchanged();
    await folder.run(['fix-quotes', '-d', 'app.db']);
    expect((await folder.run(['fix-quotes', '--dry-run', '-d', 'app.db'])).code).toBe(0);
  });

  it('reports as JSON', async () => {
    await apply('app.db', '1');
    const { code, out } = await folder.run(['fix-quotes', '--dry-run', '--json', '-d', 'app.db']);
    expect(code).toBe(3);
    const { strings, ...rest } = JSON.parse(out) as { strings: readonly object[] };
    expect(rest).toEqual({
      command: 'fix-quotes',
      ok: false,
      written: false,
      applied: [{ database: 'app.db', versions: [1] }],
    });
    expect(strings[3]).toEqual({
      version: 2,
      name: 'b',
      part: 'down',
      file: 'migrations/002_b.sql',
      line: 4,
      column: 23,
      before: '"a"',
      after: "'a'",
    });
  });

  it('finds them although the configuration has `doubleQuotedStrings`', async () => {
    folder.write(
      'dunlin.config.mjs',
      `export default { driver: '@photostructure/sqlite', doubleQuotedStrings: true };`,
    );
    expect((await folder.run(['fix-quotes'])).out).toContain('4 texts in 2 files rewritten.');
  });

  it('is named by the error of a string in double quotes', async () => {
    const { err } = await folder.run(['up', '-d', 'app.db']);
    expect(err.replaceAll(/\s+/g, ' ')).toContain(`write 'it''s' for "it's"; \`dunlin fix-quotes -d app.db\` does it`);
  });

  it('refuses files that a database has applied, and rewrites nothing then', async () => {
    await apply();
    const { code, err } = await folder.run(['fix-quotes', '-d', 'app.db']);
    expect(code).toBe(1);
    expect(err.replaceAll(/\s+/g, ' ')).toContain(
      'migrations/001_t.sql, migrations/002_b.sql are applied in app.db, and would get other text in the UP part. Nothing was written. `dunlin fix-quotes --applied -d app.db` rewrites them too',
    );
    unchanged();
    const dry = await folder.run(['fix-quotes', '--dry-run', '-d', 'app.db']);
    expect(dry).toMatchObject({ code: 3, err: 'note: app.db has applied 1, 2: rewriting needs --applied\n' });
    unchanged();
  });

  it('rewrites applied files with --applied, and prints what records their new text', async () => {
    await apply();
    const { code, err } = await folder.run(['fix-quotes', '--applied', '-d', 'app.db']);
    expect(code).toBe(0);
    const command = /`dunlin (repair [^`]*)`/.exec(err)![1]!;
    expect(command).toBe('repair 1 2 --accept -d app.db');
    expect((await folder.run(['status', '--check', '-d', 'app.db'])).code).toBe(3);
    expect((await folder.run([...command.split(' '), '--yes'])).code).toBe(0);
    expect((await folder.run(['status', '--check', '-d', 'app.db'])).code).toBe(0);
  });

  it('rewrites the DOWN part of an applied file, which has no checksum', async () => {
    folder.write('migrations/001_t.sql', first.replace('"a"', "'a'").replace(`"it's"`, "'it''s'"));
    folder.write('migrations/002_b.sql', second.replace('"b"', "'b'"));
    await apply();
    const { code, err } = await folder.run(['fix-quotes', '-d', 'app.db']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(read('002_b.sql')).toBe(second.replace('"b"', "'b'").replace('"a"', "'a'"));
    expect((await folder.run(['status', '--check', '-d', 'app.db'])).code).toBe(0);
  });

  it('refuses a file that a squash replaces', async () => {
    const text = `${first}DELETE FROM t;\n`;
    folder.write('migrations/001_t.sql', text.replace('"a"', "'a'").replace(`"it's"`, "'it''s'"));
    folder.write('migrations/002_b.sql', second.replace('"b"', "'b'"));
    expect((await folder.run(['squash', '--to', '2'])).code).toBe(0);
    folder.write('migrations/001_t.sql', text);
    const { code, err } = await folder.run(['fix-quotes']);
    expect(code).toBe(1);
    expect(err).toContain('`rm migrations/002_squash.sql`');
    expect(read('001_t.sql')).toBe(text);
  });
});

describe('dunlin fix-quotes, in a folder of another tool', () => {
  const up = 'CREATE TABLE t (a TEXT);\nINSERT INTO t VALUES ("x");\n';
  const down = `DELETE FROM t WHERE a = "x";\nDROP TABLE t;\n`;
  beforeEach(() => {
    folder.write('sql/000001_t.up.sql', up);
    folder.write('sql/000001_t.down.sql', down);
    folder.write('sql/000002_u.up.sql', `INSERT INTO t VALUES ('y');\n`);
    folder.write('sql/000002_u.down.sql', `DELETE FROM t WHERE a = 'y';\n`);
  });
  const text = (name: string): string => readFileSync(join(folder.path, 'sql', name), 'utf8');

  it('rewrites each file of a migration', async () => {
    const { code, out } = await folder.run(['fix-quotes', '-m', 'sql', '-d', 'new.db']);
    expect(code).toBe(0);
    expect(out).toContain(`sql/000001_t.up.sql:2: "x" -> 'x'\nsql/000001_t.down.sql:1: "x" -> 'x'\n`);
    expect(text('000001_t.up.sql')).toBe(up.replace('"x"', "'x'"));
    expect(text('000001_t.down.sql')).toBe(down.replace('"x"', "'x'"));
  });

  it('refuses applied files, whose checksums that tool has', async () => {
    folder.write('old.config.mjs', `export default { driver: '@photostructure/sqlite', doubleQuotedStrings: true };`);
    const done = await folder.run(['up', '-d', 'app.db', '-m', 'sql', '--config', 'old.config.mjs']);
    expect(done.code).toBe(0);
    await refused();
  });

  it('refuses the files that the tool itself may have applied', async () => {
    const database = new BetterSqlite3('app.db');
    database.exec(
      `CREATE TABLE schema_migrations (version uint64, dirty bool); INSERT INTO schema_migrations VALUES (1, 0); CREATE TABLE t (a TEXT)`,
    );
    database.close();
    await refused();
  });

  async function refused(): Promise<void> {
    const { code, err } = await folder.run(['fix-quotes', '--applied', '-m', 'sql', '-d', 'app.db']);
    expect(code).toBe(1);
    expect(err.replaceAll(/\s+/g, ' ')).toContain('golang-migrate has its own checksums of applied files');
    expect(text('000001_t.up.sql')).toBe(up);
  }
});

describe('the files', () => {
  const string = (
    file: string,
    offset: number,
    before: string,
    after: string,
  ): Parameters<typeof fixQuotes>[0][number] => {
    return { migration: { version: 1, name: 't' }, part: 'up', file, line: 1, column: 1, offset, before, after };
  };

  it('are not written if one was changed meanwhile', async () => {
    const strings = [
      string('migrations/002_b.sql', second.indexOf('"b"'), '"b"', "'b'"),
      string('migrations/001_t.sql', 3, '"a"', "'a'"),
    ];
    const error = await failureOf(() => fixQuotes(strings, folder.path));
    expect(error.message).toBe('migrations/001_t.sql was changed while the migrations were tried.');
    unchanged();
  });

  it('are as they were if one cannot be written', async () => {
    // With this name, that of the temporary file beside it is too long.
    const long = `003_${'x'.repeat(240)}.sql`;
    folder.write(`migrations/${long}`, second);
    chmodSync(join(folder.path, 'migrations/002_b.sql'), 0o640);
    symlinkSync('002_b.sql', join(folder.path, 'migrations/004_link.sql'));
    const offset = second.indexOf('"b"');
    const strings = ['004_link.sql', long].map((file) => string(`migrations/${file}`, offset, '"b"', "'b'"));
    const error = await failureOf(() => fixQuotes(strings, folder.path));
    expect(error).toMatchObject({ code: 'FILE_NOT_WRITTEN', message: expect.stringContaining(long) });
    unchanged();
  });
});
