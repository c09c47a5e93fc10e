import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Folder } from './harness.ts';

let folder: Folder;
afterEach(() => {
  vi.useRealTimers();
  folder.remove();
});

const sql = (table: string, head = ''): string =>
  `${head}-- === UP ===\nCREATE TABLE ${table} (id INTEGER PRIMARY KEY);\n-- === DOWN ===\nDROP TABLE ${table};\n`;
const app = ['-d', 'app.db'];

const migrations = (directory = 'migrations'): readonly string[] =>
  readdirSync(join(folder.path, directory)).toSorted();
const read = (file: string): string => readFileSync(join(folder.path, file), 'utf8');
const jsonOf = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
/** The commands that a text names, as they are typed. */
const commandsIn = (text: string): readonly (readonly string[])[] =>
  [...text.replaceAll(/\n */g, ' ').matchAll(/`dunlin ([^`]*)`/g)].map(([, words]) => words!.split(' '));

async function withColours(more: Readonly<Record<string, string>> = {}): Promise<void> {
  folder = new Folder({
    'migrations/001_users.sql': sql('users'),
    'migrations/002_colours.sql': sql('colours'),
    ...more,
  });
  expect((await folder.run(['up', ...app])).code).toBe(0);
}

describe('what an error about numbers says to type', () => {
  it('puts two files with one number right', async () => {
    await withColours();
    folder.write('migrations/002_tags.sql', sql('tags', '-- Migration: 002_tags\n'));
    const { err, code } = await folder.run(['up', ...app]);
    expect(code).toBe(1);
    expect(err.replaceAll(/\s+/g, ' ')).toContain('app.db has applied migrations/002_colours.sql.');
    const [command] = commandsIn(err);
    expect(command).toEqual(['renumber', 'migrations/002_tags.sql', '-d', 'app.db']);
    expect(await folder.run(command!)).toMatchObject({ code: 0, out: 'migrations/003_tags.sql\n', err: '' });
    expect(read('migrations/003_tags.sql')).toBe(sql('tags', '-- Migration: 003_tags\n'));
    expect((await folder.run(['up', ...app])).out).toContain('app.db is at version 3');
  });

  const copied = sql('colours');
  it.each([
    ['another name', { '002_copy.sql': copied }, [], 'text'],
    ['a name that comes first', { '002_a.sql': copied }, [], 'text'],
    ['another width', { '2_colours.sql': copied }, [], 'text'],
    ['another name, twice', { '002_copy.sql': copied, '002_x.sql': copied }, [], 'text'],
    ['another DOWN part', { '002_copy.sql': copied.replace(/DROP.*/, '') }, [], 'UP part'],
    [
      'another name, beside a different one',
      { '002_copy.sql': copied, '002_tags.sql': sql('tags') },
      ['002_tags.sql'],
      'text',
    ],
  ] as const)('gets rid of a copy of an applied migration: %s', async (_, copies, others, same) => {
    await withColours();
    for (const [file, text] of Object.entries(copies)) folder.write(`migrations/${file}`, text);
    const { err } = await folder.run(['up', ...app]);
    const words = err.replaceAll(/\s+/g, ' ');
    expect(words).toContain('app.db has applied migrations/002_colours.sql.');
    expect(words).toContain(`has the same ${same} as migrations/002_colours.sql`);
    const files = /`rm ([^`]*)`/.exec(words)![1]!.split(' ');
    expect(files.toSorted()).toEqual(
      Object.keys(copies)
        .filter((file) => !(others as readonly string[]).includes(file))
        .map((file) => `migrations/${file}`)
        .toSorted(),
    );
    // Renumbering it instead gets the same advice.
    const renumbered = await folder.run(['renumber', files[0]!, ...app]);
    expect(renumbered.err).toContain('error RENUMBER_APPLIED');
    expect(renumbered.err.replaceAll(/\s+/g, ' ')).toMatch(/does the same; delete the copy: `rm /);
    expect(/`rm ([^`]*)`/.exec(renumbered.err)![1]).not.toBe('migrations/002_colours.sql');
    for (const file of files) rmSync(join(folder.path, file));
    for (let next = await folder.run(['up', ...app]); next.code !== 0; next = await folder.run(['up', ...app])) {
      expect(commandsIn(next.err)[0]![0]).toBe('renumber');
      expect((await folder.run(commandsIn(next.err)[0]!)).code).toBe(0);
    }
    expect((await folder.run(['status', ...app, '--check'])).code).toBe(0);
    expect(migrations()).toHaveLength(2 + others.length);
  });

  it('gets rid of the copy of a module, and of one that no database has applied', async () => {
    const text = "export const up = (db) => db.exec('CREATE TABLE a (x)');\n";
    folder = new Folder({ 'migrations/001_a.mjs': text, 'migrations/001_b.mjs': text });
    const { err } = await folder.run(['up', ...app]);
    expect(err).toContain('`rm migrations/001_b.mjs`');
    rmSync(join(folder.path, 'migrations/001_b.mjs'));
    expect((await folder.run(['up', ...app])).code).toBe(0);
  });

  it('takes two that nobody has filled in for no copies', async () => {
    const empty = '-- === UP ===\n-- to be written\n-- === DOWN ===\n';
    await withColours({ 'migrations/003_a.sql': sql('a') });
    folder.write('migrations/004_b.sql', empty);
    folder.write('migrations/004_c.sql', empty);
    const { err } = await folder.run(['up', ...app]);
    expect(err).toContain('error VERSION_DUPLICATE');
    expect(err).not.toContain('`rm ');
  });

  it('keeps an applied migration under its new number', async () => {
    await withColours();
    folder.rename('migrations/002_colours.sql', 'migrations/003_colours.sql');
    folder.write('migrations/002_tags.sql', sql('tags'));
    const { err } = await folder.run(['up', ...app]);
    expect(err).toContain('error MIGRATION_RENUMBERED');
    const [repair, up, down, again] = commandsIn(err);
    expect(repair).toEqual(['repair', '2', '--accept', '-d', 'app.db']);
    const repaired = await folder.run([...repair!, '--yes']);
    expect(repaired.out).toContain('002_colours  its file is now 003_colours  migrations/003_colours.sql');
    expect(up).toEqual(['up', '--out-of-order', '-d', 'app.db']);
    expect((await folder.run(up!)).code).toBe(0);
    expect((await folder.run(['status', ...app, '--check'])).code).toBe(0);
    expect([down, again]).toEqual([
      ['down', '-d', 'app.db'],
      ['up', '-d', 'app.db'],
    ]);
  });

  it('has both run in the order of a new database', async () => {
    await withColours();
    folder.rename('migrations/002_colours.sql', 'migrations/003_colours.sql');
    folder.write('migrations/002_tags.sql', sql('tags'));
    const [, , down, up] = commandsIn((await folder.run(['up', ...app])).err);
    expect((await folder.run([...down!, '--yes'])).code).toBe(0);
    expect((await folder.run(up!)).out).toMatch(/002.*tags[^]*003.*colours/);
    expect((await folder.run(['status', ...app, '--check'])).code).toBe(0);
  });

  it('brings in a file of another branch under the next number', async () => {
    await withColours();
    folder.rename('migrations/002_colours.sql', 'elsewhere.sql');
    folder.write('migrations/002_tags.sql', sql('tags'));
    const { err } = await folder.run(['up', ...app]);
    expect(err).toContain('error VERSION_CONFLICT');
    const [command, redo, show] = commandsIn(err);
    expect(redo).toEqual(['redo', '-d', 'app.db']);
    const shown = await folder.run(show!);
    expect(shown.out).toContain('002_colours  its number has another migration now  migrations/002_tags.sql');
    expect(shown.out).toContain('+CREATE TABLE tags');
    expect((await folder.run(command!)).out).toBe('migrations/003_tags.sql\n');
    folder.rename('elsewhere.sql', 'migrations/002_colours.sql');
    expect((await folder.run(['up', ...app])).out).toContain('app.db is at version 3');
  });

  it('gives a migration that comes too late the next number', async () => {
    await withColours({ 'migrations/004_notes.sql': sql('notes') });
    folder.write('migrations/003_tags.sql', sql('tags'));
    const { err } = await folder.run(['up', ...app]);
    expect(err).toContain('error OUT_OF_ORDER');
    const [command] = commandsIn(err);
    expect((await folder.run(command!)).out).toBe('migrations/005_tags.sql\n');
    expect((await folder.run(['up', ...app])).code).toBe(0);
  });

  it('is in the documents for programs as well', async () => {
    await withColours();
    folder.rename('migrations/002_colours.sql', 'migrations/003_colours.sql');
    const status = jsonOf((await folder.run(['status', ...app, '--json'])).out);
    expect(status).toMatchObject({
      migrations: [
        { version: 1, state: 'applied' },
        { version: 2, name: 'colours', state: 'renumbered', file: 'migrations/003_colours.sql' },
      ],
      problems: [
        { code: 'MIGRATION_RENUMBERED', hint: expect.stringContaining('`dunlin repair 2 --accept -d app.db`') },
      ],
    });
    expect(jsonOf((await folder.run(['repair', ...app, '--json'])).out)).toMatchObject({
      changes: [
        {
          kind: 'renumber',
          version: 2,
          name: 'colours',
          to: { version: 3, name: 'colours' },
          file: 'migrations/003_colours.sql',
        },
      ],
    });
    folder.rename('migrations/003_colours.sql', 'elsewhere.sql');
    folder.write('migrations/002_tags.sql', sql('tags'));
    expect(jsonOf((await folder.run(['repair', ...app, '--json'])).out)).toMatchObject({
      changes: [{ kind: 'forget', version: 2, name: 'colours', other: { file: 'migrations/002_tags.sql' } }],
    });
    const table = (await folder.run(['status', ...app])).out;
    expect(table).toContain('its number is that of 002_tags.sql now');
  });
});

describe('renumber', () => {
  it.each([
    ['as it is', async () => undefined, '2 colours'],
    ['edited', async () => folder.write('migrations/002_colours.sql', sql('colors')), '2 colours'],
    [
      'renamed',
      async () => {
        folder.rename('migrations/002_colours.sql', 'migrations/002_palette.sql');
      },
      '2 colours',
    ],
    [
      'recorded under another number',
      async () => {
        folder.rename('migrations/002_colours.sql', 'migrations/003_colours.sql');
      },
      '2 colours',
    ],
  ])('refuses what the database has applied: %s', async (_, change, recorded) => {
    await withColours();
    await change();
    const [file] = migrations().slice(-1);
    folder.write('migrations/009_last.sql', sql('last'));
    const before = migrations();
    const { code, err } = await folder.run(['renumber', file!, ...app]);
    expect(code).toBe(1);
    expect(err.replaceAll(/\s+/g, ' ')).toContain(`keeps its number: app.db has applied it, as ${recorded}.`);
    expect(migrations()).toEqual(before);
    expect(commandsIn(err)).toEqual([['down', '-d', 'app.db']]);
  });

  it('names the other file of that version', async () => {
    await withColours();
    folder.write('migrations/002_tags.sql', sql('tags'));
    const { err } = await folder.run(['renumber', '002_colours.sql', ...app]);
    expect(commandsIn(err)[0]).toEqual(['renumber', 'migrations/002_tags.sql', '-d', 'app.db']);
  });

  it('keeps the order of several, and names those that it overtakes', async () => {
    await withColours();
    for (const name of ['002_tags', '003_fill_tags', '004_more']) folder.write(`migrations/${name}.sql`, sql(name));
    const ran = await folder.run(['renumber', '003_fill_tags.sql', 'migrations/002_tags.sql', ...app]);
    expect(ran.out).toBe('migrations/005_tags.sql\nmigrations/006_fill_tags.sql\n');
    expect(commandsIn(ran.err)).toEqual([['renumber', 'migrations/004_more.sql', '-d', 'app.db']]);
  });

  it('counts what only the database has', async () => {
    await withColours({ 'migrations/0007_notes.sql': sql('notes') });
    folder.rename('migrations/0007_notes.sql', 'notes.sql');
    folder.write('migrations/002_tags.sql', sql('tags'));
    expect((await folder.run(['renumber', '002_tags.sql', ...app])).out).toBe('migrations/008_tags.sql\n');
  });

  it.each([
    ['-- Migration: 002_tags', '-- Migration: 003_tags'],
    ['-- what it does\n--migration:  2_tags.sql', '-- what it does\n--migration:  003_tags.sql'],
    ['-- Migration: tags', '-- Migration: tags'],
    ['-- Migration: 001_users', '-- Migration: 001_users'],
    ['-- Migration: 002', '-- Migration: 003'],
  ])('puts the number in the header: %j', async (before, after) => {
    await withColours();
    const body = "\n-- === UP ===\nINSERT INTO users SELECT '\n-- Migration: 002_tags\n';\n-- === DOWN ===\n";
    folder.write('migrations/002_tags.sql', before + body);
    expect((await folder.run(['renumber', '002_tags.sql', ...app])).code).toBe(0);
    expect(read('migrations/003_tags.sql')).toBe(after + body);
  });

  it.each([
    [
      "export default { version: 2, name: '002_tags', up() {} };",
      "export default { version: 3, name: '003_tags', up() {} };",
    ],
    ['export const version = 2;\nexport const up = 2;', 'export const version = 3;\nexport const up = 2;'],
    ["export default { up: 'UPDATE t SET version = 2' };", "export default { up: 'UPDATE t SET version = 2' };"],
    ['export default { version: 12, up() {} };', 'export default { version: 12, up() {} };'],
  ])('puts the number in a definition: %j', async (before, after) => {
    await withColours();
    folder.write('migrations/002_tags.mjs', before);
    expect(await folder.run(['renumber', '002_tags.mjs', ...app])).toMatchObject({ code: 0, err: '' });
    expect(read('migrations/003_tags.mjs')).toBe(after);
  });

  it('says what it leaves: more than one place, and the configuration', async () => {
    await withColours();
    const text = 'export default { version: 2, up: (db) => db.run("INSERT INTO users VALUES (?)", { version: 2 }) };';
    folder.write('migrations/002_tags.mjs', text);
    folder.write('dunlin.config.json', '{ "database": "app.db", "destructive": { "2": true } }');
    const { err } = await folder.run(['renumber', '002_tags.mjs']);
    expect(err).toContain('`version: 2`, 2 times');
    expect(err).toContain('`destructive` in the configuration names 2, which is 3 now');
    expect(read('migrations/003_tags.mjs')).toBe(text);
  });

  it('asks every database of the configuration that uses the directory', async () => {
    folder = new Folder({
      'dunlin.config.json': JSON.stringify({
        databases: {
          one: { path: 'one.db', migrations: 'shared' },
          two: { path: 'two.db', migrations: 'shared' },
          other: { path: 'other.db' },
        },
      }),
      'shared/001_users.sql': sql('users'),
      'migrations/other/001_users.sql': sql('users'),
    });
    expect((await folder.run(['up', '--all'])).code).toBe(0);
    folder.write('shared/002_tags.sql', sql('tags'));
    expect((await folder.run(['up', '-d', 'two'])).code).toBe(0);
    folder.write('shared/005_more.sql', sql('more'));
    const { err, code } = await folder.run(['renumber', 'shared/002_tags.sql']);
    expect({ code, named: err.includes('two.db has applied it') }).toEqual({ code: 1, named: true });
    expect((await folder.run(['renumber', 'shared/002_tags.sql', '-d', 'one'])).code).toBe(0);
  });

  it('asks the database of a directory that is named by a link', async () => {
    await withColours({ 'dunlin.config.json': '{ "database": "app.db" }' });
    symlinkSync('migrations', join(folder.path, 'link'));
    folder.write('migrations/003_last.sql', sql('last'));
    const { code, err } = await folder.run(['renumber', 'link/002_colours.sql']);
    expect({ code, named: err.includes('app.db has applied it') }).toEqual({ code: 1, named: true });
  });

  it('works without a database, and says that none was asked', async () => {
    folder = new Folder({ 'db/m/1_a.sql': sql('a'), 'db/m/2_b.sql': sql('b'), 'db/m/2_c.sql': sql('c') });
    const { out, err } = await folder.run(['renumber', '2_c.sql', '-m', 'db/m']);
    expect(out).toBe('db/m/3_c.sql\n');
    expect(err).toContain('no database is configured or named');
    expect(existsSync(join(folder.path, 'app.db'))).toBe(false);
    expect((await folder.run(['renumber', 'db/m/2_b.sql', '-d', 'new.db'])).err).toBe('');
    expect(existsSync(join(folder.path, 'new.db'))).toBe(false);
  });

  it('does nothing for a file that is above all others', async () => {
    await withColours();
    folder.write('migrations/003_tags.sql', sql('tags'));
    const { code, out, err } = await folder.run(['renumber', '003_tags.sql', ...app]);
    expect({ code, out, said: err.startsWith('note: nothing to do') }).toEqual({ code: 0, out: '', said: true });
    expect(migrations()).toContain('003_tags.sql');
  });

  it('prints what it did as data', async () => {
    await withColours();
    folder.write('migrations/002_tags.sql', sql('tags'));
    expect(jsonOf((await folder.run(['renumber', '002_tags.sql', ...app, '--json'])).out)).toEqual({
      command: 'renumber',
      ok: true,
      renumbered: [
        {
          version: 3,
          name: 'tags',
          file: 'migrations/003_tags.sql',
          before: { version: 2, file: 'migrations/002_tags.sql' },
        },
      ],
    });
  });

  it('renames a link and leaves what it leads to', async () => {
    await withColours({ 'shared.sql': sql('shared', '-- Migration: 002_shared\n') });
    symlinkSync('../shared.sql', join(folder.path, 'migrations/002_shared.sql'));
    expect((await folder.run(['renumber', '002_shared.sql', ...app])).out).toBe('migrations/003_shared.sql\n');
    expect(read('shared.sql')).toContain('002_shared');
    expect(read('migrations/003_shared.sql')).toContain('CREATE TABLE shared');
  });

  it.each([
    [['nowhere.sql'], 'RENUMBER_NOT_FOUND', 2],
    [['migrations/readme.md'], 'RENUMBER_REFUSED', 2],
    [['migrations/3 spaces.sql'], 'FILE_NAME_INVALID', 1],
    [['migrations/004_folder'], 'RENUMBER_REFUSED', 2],
    [['migrations/002_tags.sql', 'other/002_x.sql'], 'USAGE', 2],
    [[], 'USAGE', 2],
  ])('refuses %j', async (files, error, code) => {
    await withColours({
      'migrations/readme.md': '',
      'other/002_x.sql': '',
      'migrations/004_folder/x': '',
    });
    folder.write('migrations/002_tags.sql', '');
    folder.write('migrations/3 spaces.sql', '');
    const before = migrations();
    expect(await folder.run(['renumber', ...files, ...app])).toMatchObject({
      code,
      err: expect.stringContaining(`error ${error}`),
    });
    expect(migrations()).toEqual(before);
  });
});

describe('numbering by the time', () => {
  const at = (time: string): void => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(new Date(time));
  };

  it.each([
    ['an empty directory', [], '20261121093000_x.sql'],
    ['numbers', ['001_a.sql', '0102_b.sql'], '20261121093000_x.sql'],
    ['an older time', ['20261121092959_a.sql'], '20261121093000_x.sql'],
    ['the same second', ['20261121093000_a.sql'], '20261121093001_x.sql'],
    ['a clock that is ahead', ['20270101000000_a.sql'], '20270101000001_x.sql'],
    ['the last second of a minute', ['20261121093059_a.sql'], '20261121093060_x.sql'],
    ['a longer number', ['100000000000000_a.sql'], '100000000000001_x.sql'],
  ])('comes after everything: %s', async (_, files, expected) => {
    folder = new Folder(Object.fromEntries(files.map((file) => [`migrations/${file}`, 'SELECT 1;'])));
    at('2026-11-21T10:30:00.900+01:00');
    expect((await folder.run(['create', 'x', '--timestamp'])).out).toBe(`migrations/${expected}\n`);
  });

  it('gives two in one second numbers that differ, and all run in order', async () => {
    folder = new Folder({ 'migrations/001_a.sql': sql('a'), 'dunlin.config.json': '{ "numbering": "timestamp" }' });
    at('2026-11-21T09:30:00Z');
    const made = ['one', 'two'].map((name) => folder.run(['create', name]));
    expect((await Promise.all(made)).map(({ out }) => out)).toEqual([
      'migrations/20261121093000_one.sql\n',
      'migrations/20261121093001_two.sql\n',
    ]);
    vi.useRealTimers();
    for (const file of migrations().slice(1)) folder.write(`migrations/${file}`, sql(`t${file.slice(0, 14)}`));
    expect((await folder.run(['up', ...app])).out).toMatch(/001 +a [^]*20261121093000 one [^]*20261121093001 two /);
  });

  it('is a setting of each database', async () => {
    folder = new Folder({
      'dunlin.config.json': JSON.stringify({
        databases: {
          one: { path: 'one.db', numbering: 'timestamp' },
          two: { path: 'two.db', numbering: 'sequential' },
        },
      }),
      'migrations/one/001_a.sql': sql('a'),
      'migrations/two/20261121093000_a.sql': sql('a'),
      'migrations/two/20261121093000_b.sql': sql('b'),
    });
    at('2026-12-24T18:00:00Z');
    expect((await folder.run(['create', 'x', '-d', 'one'])).out).toBe('migrations/one/20261224180000_x.sql\n');
    expect((await folder.run(['create', 'x', '-d', 'two'])).out).toBe('migrations/two/20261121093001_x.sql\n');
    expect((await folder.run(['renumber', 'migrations/two/20261121093000_b.sql'])).out).toBe(
      'migrations/two/20261121093002_b.sql\n',
    );
    folder.write('migrations/one/001_b.sql', sql('b'));
    expect((await folder.run(['renumber', 'migrations/one/001_b.sql'])).out).toBe(
      'migrations/one/20261224180001_b.sql\n',
    );
  });

  it('renumbers by the time on request', async () => {
    await withColours();
    folder.write('migrations/003_tags.sql', sql('tags'));
    at('2026-11-21T09:30:00Z');
    expect((await folder.run(['renumber', '003_tags.sql', '--timestamp', ...app])).out).toBe(
      'migrations/20261121093000_tags.sql\n',
    );
  });

  it('refuses another word in the configuration', async () => {
    folder = new Folder({ 'dunlin.config.json': '{ "numbering": "timestmap" }' });
    const { code, err } = await folder.run(['create', 'x']);
    expect(code).toBe(2);
    expect(err).toContain('`numbering` must be "sequential" or "timestamp" (did you mean "timestamp"?)');
  });
});
