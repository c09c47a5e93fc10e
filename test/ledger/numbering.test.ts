import { expect, it } from 'vitest';
import { failureOf, onEveryDriver, type TestDatabase } from '../support/databases.ts';

const sql = (table: string): string => `-- === UP ===
CREATE TABLE ${table} (id INTEGER PRIMARY KEY);
-- === DOWN ===
DROP TABLE ${table};
`;
const users = { '001_users.sql': sql('users') };
const colours = sql('colours');
const tags = sql('tags');

async function withColours(open: () => TestDatabase): Promise<TestDatabase> {
  const db = open();
  await db.up({ ...users, '002_colours.sql': colours });
  return db;
}

const recorded = (db: TestDatabase): readonly unknown[] =>
  db.column(`SELECT version || ' ' || name FROM schema_migrations ORDER BY version`);
const tables = (db: TestDatabase): readonly unknown[] =>
  db.column(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'schema_%' ORDER BY name`);
const states = async (db: TestDatabase, files: Record<string, string>): Promise<readonly string[]> =>
  (await db.runner(files).status()).entries.map(({ version, name, state }) => `${version} ${name} ${state}`);

onEveryDriver('a file with the number of another migration', (open) => {
  const files = { ...users, '002_tags.sql': tags };

  it('is no edit: the error names the migration that the database has, and nothing is written', async () => {
    const db = await withColours(open);
    const before = db.files();
    const error = await failureOf(() => db.up(files));
    expect(error).toMatchObject({
      code: 'VERSION_CONFLICT',
      migration: { version: 2, name: 'colours' },
      message: expect.stringMatching(
        /^002_tags\.sql has the version of another migration: .* applied 2 colours on .*, with another name and another text \(recorded [0-9a-f]{8}, now [0-9a-f]{8}\)\.$/,
      ),
    });
    expect(error.hint).toContain('`dunlin renumber 002_tags.sql`');
    expect(error.hint).toContain('`dunlin redo`');
    expect(await states(db, files)).toEqual(['1 users applied', '2 colours conflict']);
    expect(db.files()).toEqual(before);
  });

  it('takes the place of the one that ran, which is rolled back with its recorded DOWN part', async () => {
    const db = await withColours(open);
    await db.runner(files).redo();
    expect(recorded(db)).toEqual(['1 users', '2 tags']);
    expect(tables(db)).toEqual(['tags', 'users']);
  });

  it('is not run in place of the recorded DOWN part where it is code', async () => {
    const db = await withColours(open);
    const code = { ...users, '002_tags.js': { up: 'SELECT 1', down: 'DROP TABLE users' } };
    expect(await failureOf(() => db.up(code))).toMatchObject({ code: 'VERSION_CONFLICT' });
    await db.down(code);
    expect(tables(db)).toEqual(['users']);
  });

  it('is pending once repair has forgotten the other one', async () => {
    const db = await withColours(open);
    const runner = db.runner(files);
    expect(await runner.repairs()).toEqual([
      {
        kind: 'forget',
        migration: { version: 2, name: 'colours' },
        other: {
          file: '002_tags.sql',
          recorded: expect.stringContaining('colours'),
          present: expect.stringContaining('tags'),
        },
      },
    ]);
    await runner.repair([2]);
    expect((await db.up(files)).applied.map(({ name }) => name)).toEqual(['tags']);
    expect(tables(db)).toEqual(['colours', 'tags', 'users']);
  });

  it('is distinguished from an edit by the name', async () => {
    const db = await withColours(open);
    expect(await failureOf(() => db.up({ ...users, '002_colours.sql': tags }))).toMatchObject({
      code: 'MIGRATION_EDITED',
    });
  });

  it('is distinguished from a new name by the text: white space does not count', async () => {
    const db = await withColours(open);
    const renamed = { ...users, '002_palette.sql': colours.replaceAll(' (', '  (\n') };
    expect((await db.up(renamed)).notes).toEqual([
      '002_palette.sql was called colours when it was applied; only its name is different, and `dunlin repair 2 --accept` records it',
    ]);
  });

  it('is another one where the texts cannot be compared: a bundle of another branch', async () => {
    const db = await withColours(open);
    const bundled = { ...users, '002_tags.js': { up: () => undefined } };
    expect(await failureOf(() => db.up(bundled))).toMatchObject({ code: 'VERSION_CONFLICT' });
    const same = { ...users, '002_colours.js': { up: () => undefined } };
    expect((await db.up(same)).applied).toEqual([]);
  });

  it('names the version to go back to where others were applied since', async () => {
    const db = await withColours(open);
    await db.up({ ...users, '002_colours.sql': colours, '005_notes.sql': sql('notes') });
    const error = await failureOf(() => db.up({ ...files, '005_notes.sql': sql('notes') }));
    expect(error.hint).toContain('`dunlin down --to 1`, then `dunlin up`');
  });
});

onEveryDriver('an applied migration under another number', (open) => {
  it.each([
    ['a higher one', { '003_colours.sql': colours }, '3 colours'],
    ['a time stamp', { '20261130120000_colours.sql': colours }, '20261130120000 colours'],
    ['with another name', { '003_palette.sql': colours }, '3 palette'],
    ['with other white space', { '003_colours.sql': colours.replaceAll(' (', '\n(') }, '3 colours'],
  ])('is recognised and never runs twice: %s', async (_, moved, row) => {
    const db = await withColours(open);
    const files = { ...users, ...moved };
    const before = db.files();
    const error = await failureOf(() => db.up(files));
    expect(error).toMatchObject({ code: 'MIGRATION_RENUMBERED', migration: { version: 2, name: 'colours' } });
    expect(error.message).toContain('its checksum is the recorded one');
    expect(error.hint).toContain('`dunlin repair 2 --accept`');
    expect(await failureOf(() => db.up(files, { outOfOrder: 'allow' }))).toMatchObject({
      code: 'MIGRATION_RENUMBERED',
    });
    expect(await states(db, files)).toEqual(['1 users applied', '2 colours renumbered']);
    expect((await db.runner(files).status()).pending).toEqual([]);
    expect(db.files()).toEqual(before);
    await db.runner(files).repair([2]);
    expect(recorded(db)).toEqual(['1 users', row]);
    expect((await db.up(files)).applied).toEqual([]);
    await db.down(files);
    expect(tables(db)).toEqual(['users']);
  });

  it('is not ahead under a lower one', async () => {
    const db = open();
    await db.up({ ...users, '005_colours.sql': colours });
    const files = { ...users, '004_colours.sql': colours };
    expect(await failureOf(() => db.up(files))).toMatchObject({ code: 'MIGRATION_RENUMBERED' });
    expect((await db.runner(files).status()).tooNew).toBe(false);
    await db.runner(files).repair([5]);
    expect((await db.up(files)).applied).toEqual([]);
  });

  it('whose old number has another file: recorded anew, or both run in the order of a new database', async () => {
    const files = { ...users, '002_tags.sql': tags, '003_colours.sql': colours };
    const db = await withColours(open);
    const error = await failureOf(() => db.up(files));
    expect(error.code).toBe('MIGRATION_RENUMBERED');
    expect(error.hint).toContain('`dunlin repair 2 --accept`');
    expect(error.hint).toContain('`dunlin up --out-of-order` then applies 002_tags.sql');
    await db.runner(files).repair([2]);
    expect((await db.up(files, { outOfOrder: 'allow' })).applied.map(({ name }) => name)).toEqual(['tags']);
    expect(recorded(db)).toEqual(['1 users', '2 tags', '3 colours']);

    const other = await withColours(open);
    expect(error.hint).toContain('`dunlin down`; `dunlin up` then applies both');
    await other.down(files);
    expect((await other.up(files)).applied.map(({ name }) => name)).toEqual(['tags', 'colours']);
  });

  it('has swapped it with another one: both are recorded in one step', async () => {
    const db = await withColours(open);
    await db.up({ ...users, '002_colours.sql': colours, '003_tags.sql': tags });
    const files = { ...users, '002_tags.sql': tags, '003_colours.sql': colours };
    const error = await failureOf(() => db.up(files));
    expect(error.problems.map(({ code, hint }) => `${code} ${hint}`)).toEqual(
      [2, 3].map(
        () =>
          'MIGRATION_RENUMBERED Nothing was changed. `dunlin repair 2 3 --accept` records the new numbers and runs nothing.',
      ),
    );
    const before = db.files();
    expect(await failureOf(() => db.runner(files).repair([2]))).toMatchObject({
      code: 'REPAIR_INCOMPLETE',
      hint: 'Nothing was changed. Repair them together: `dunlin repair 2 3 --accept`.',
    });
    expect(recorded(db)).toEqual(['1 users', '2 colours', '3 tags']);
    expect(Object.keys(db.files())).toEqual(Object.keys(before));
    await db.runner(files).repair([2, 3]);
    expect(recorded(db)).toEqual(['1 users', '2 tags', '3 colours']);
    expect((await db.up(files)).applied).toEqual([]);
  });

  it('has swapped it with one of the same name', async () => {
    const db = open();
    await db.up({ '001_fix.sql': colours, '002_fix.sql': tags });
    const files = { '001_fix.sql': tags, '002_fix.sql': colours };
    const error = await failureOf(() => db.up(files));
    expect(error.problems.map(({ code }) => code)).toEqual(['MIGRATION_RENUMBERED', 'MIGRATION_RENUMBERED']);
    await db.runner(files).repair([1, 2]);
    expect((await db.up(files)).applied).toEqual([]);
  });

  it('has moved up with all that follow', async () => {
    const db = await withColours(open);
    const files = {
      '001_notes.sql': sql('notes'),
      '002_users.sql': users['001_users.sql'],
      '003_colours.sql': colours,
    };
    const error = await failureOf(() => db.up(files));
    expect(error.problems.map(({ code }) => code)).toEqual(['MIGRATION_RENUMBERED', 'MIGRATION_RENUMBERED']);
    expect(error.problems[0]?.hint).toContain('`dunlin repair 1 2 --accept`');
    await db.runner(files).repair([1, 2]);
    expect(recorded(db)).toEqual(['2 users', '3 colours']);
    expect(await failureOf(() => db.up(files))).toMatchObject({ code: 'OUT_OF_ORDER' });
  });

  it('has the number of one whose file is gone', async () => {
    const db = await withColours(open);
    await db.up({ ...users, '002_colours.sql': colours, '003_tags.sql': tags });
    const files = { ...users, '003_colours.sql': colours };
    const error = await failureOf(() => db.up(files));
    expect(error.problems.map(({ code }) => code)).toEqual(['MIGRATION_RENUMBERED', 'VERSION_CONFLICT']);
    expect(error.problems[1]?.hint).toContain('The file is 2 colours, under a new number.');
    for (const { hint } of error.problems) expect(hint).toContain('`dunlin repair 2 3 --accept`');
    await db.runner(files).repair([2, 3]);
    expect(recorded(db)).toEqual(['1 users', '3 colours']);
  });

  it('is not seen in another migration with the same short text', async () => {
    const db = open();
    await db.up({ '001_a.sql': 'SELECT 1', '002_b.sql': 'SELECT 1', '003_c.sql': sql('c') });
    const files = { '003_c.sql': sql('c'), '004_d.sql': 'SELECT 1' };
    const error = await failureOf(() => db.up(files));
    expect(error.problems.map(({ code }) => code)).toEqual(['MIGRATION_MISSING', 'MIGRATION_MISSING']);
    const named = { '003_c.sql': sql('c'), '004_b.sql': 'SELECT 1' };
    expect((await failureOf(() => db.up(named))).problems.map(({ code }) => code)).toEqual([
      'MIGRATION_RENUMBERED',
      'MIGRATION_MISSING',
    ]);
  });

  it('is not seen in a file with its name that was edited as well', async () => {
    const db = await withColours(open);
    const files = { ...users, '003_colours.sql': sql('colors') };
    const error = await failureOf(() => db.up(files));
    expect(error.code).toBe('MIGRATION_MISSING');
    expect(error.message).toMatch(/003_colours\.sql has its name, and another text\.$/);
    expect(error.hint).toContain('give it its old text back');
    const back = { ...users, '003_colours.sql': colours };
    await db.runner(back).repair([2]);
    expect((await db.up(back)).applied).toEqual([]);
  });

  it('is not seen in code whose text is not at hand', async () => {
    const db = open();
    await db.up({ ...users, '002_code.js': { up: () => undefined } });
    const files = { ...users, '003_other.js': { up: () => undefined } };
    expect(await failureOf(() => db.up(files))).toMatchObject({ code: 'MIGRATION_MISSING' });
  });

  it('names no way back where nothing is recorded for it', async () => {
    const db = open();
    const setup = { layout: 'filename' } as const;
    await db.up({ ...users, '002_colours.sql': colours }, setup);
    const conflict = await failureOf(() => db.up({ ...users, '002_tags.sql': tags }, setup));
    expect(conflict.code).toBe('VERSION_CONFLICT');
    const moved = { ...users, '002_tags.sql': tags, '003_colours.sql': colours };
    const renumbered = await failureOf(() => db.up(moved, setup));
    expect(renumbered.code).toBe('MIGRATION_RENUMBERED');
    for (const { hint } of [conflict, renumbered]) expect(hint).not.toMatch(/dunlin (?:redo|down)/);
  });

  it('keeps when it was applied, in each layout', async () => {
    for (const layout of ['standard', 'filename', 'semver'] as const) {
      const db = open();
      const table = layout === 'filename' ? 'migrations' : 'schema_migrations';
      await db.up({ ...users, '002_colours.sql': colours, '003_tags.sql': tags }, { layout });
      const before = db.column(`SELECT applied_at FROM ${table} ORDER BY applied_at`);
      const files = { ...users, '002_tags.sql': tags, '003_colours.sql': colours };
      expect((await db.runner(files, { layout }).repair([2, 3])).map(({ kind }) => kind)).toEqual([
        'renumber',
        'renumber',
      ]);
      expect(db.column(`SELECT applied_at FROM ${table} ORDER BY applied_at`)).toEqual(before);
      expect((await db.up(files, { layout })).applied).toEqual([]);
      expect(await db.runner(files, { layout }).repairs()).toEqual([]);
    }
  });
});

onEveryDriver('two files with one number', (open) => {
  const both = { ...users, '002_colours.sql': colours, '002_tags.sql': tags };

  it('are told apart by what the database has applied', async () => {
    const db = await withColours(open);
    const before = db.files();
    const error = await failureOf(() => db.up(both));
    expect(error.code).toBe('VERSION_DUPLICATE');
    expect(error.message).toMatch(/^Version 2 is used twice: .* has applied 002_colours\.sql\.$/);
    expect(error.hint).toBe(
      'Nothing was changed. Give the other the next number: `dunlin renumber 002_tags.sql`; 003 is free.',
    );
    expect((await failureOf(() => db.runner(both).status())).message).toBe(error.message);
    expect(db.files()).toEqual(before);
  });

  it.each([
    ['neither', { ...users }, /has applied neither of them\.$/],
    ['another one', { ...users, '002_notes.sql': sql('notes') }, /has applied another one, 2 notes\.$/],
    ['one that was renamed since', { ...users, '002_palette.sql': colours }, /has applied 002_colours\.sql\.$/],
    ['one that was edited since', { ...users, '002_tags.sql': sql('labels') }, /has applied 002_tags\.sql\.$/],
  ])('of which the database has %s', async (_, applied, expected) => {
    const db = open();
    await db.up(applied as unknown as Record<string, string>);
    expect((await failureOf(() => db.up(both))).message).toMatch(expected);
  });

  it('are told apart beside other problems', async () => {
    const db = await withColours(open);
    const error = await failureOf(() => db.up({ ...both, '000_zero.sql': 'SELECT 1' }));
    expect(error).toMatchObject({ code: 'SEVERAL_PROBLEMS' });
    expect(error.message).toContain('has applied 002_colours.sql.');
    expect(error.problems.map(({ code }) => code)).toEqual(['VERSION_ZERO', 'VERSION_DUPLICATE']);
  });

  it('are named without the database where it has nothing, or cannot be read', async () => {
    const db = open();
    expect((await failureOf(() => db.up(both))).message).toBe(
      'Version 2 is used twice: 002_colours.sql and 002_tags.sql.',
    );
    db.exec('CREATE TABLE schema_migrations (id)');
    expect((await failureOf(() => db.up(both))).code).toBe('VERSION_DUPLICATE');
  });
});
