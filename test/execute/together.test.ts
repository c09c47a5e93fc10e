import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../src/node/config-check.ts';
import { defineMigration, type MigrationDatabase } from '../../src/migration/index.ts';
import type { DownOptions } from '../../src/operations/down.ts';
import type { RunOptions } from '../../src/lock/run-options.ts';
import type { UpOptions } from '../../src/operations/up.ts';
import type { MigrationRecord } from '../../src/source/index.ts';
import { failureOf, onEveryDriver, openTestDatabase, type TestDatabase } from '../support/databases.ts';

const text = (up: string, down: string): string =>
  `-- === UP MIGRATION ===\n${up}\n-- === DOWN MIGRATION ===\n${down}\n`;

/** A rebuild of `notes` in 2 to 4, and back; 1 and 5 are before and after it. */
const files: MigrationRecord = {
  '001_notes.sql': text(
    `CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO notes VALUES (1, 'one'), (2, 'two');`,
    'DROP TABLE notes;',
  ),
  '002_create.sql': text(
    `CREATE TABLE notes_new (id INTEGER PRIMARY KEY, body TEXT, tag TEXT);
     INSERT INTO notes_new (id, body) SELECT id, body FROM notes;`,
    'DROP TABLE notes_new;',
  ),
  '003_drop.sql': text(
    'DROP TABLE notes;',
    `CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);
     INSERT INTO notes SELECT id, body FROM notes_new;`,
  ),
  '004_rename.sql': text('ALTER TABLE notes_new RENAME TO notes;', 'ALTER TABLE notes RENAME TO notes_new;'),
  '005_index.sql': text('CREATE INDEX tags ON notes (tag);', 'DROP INDEX tags;'),
};
const together = [[2, 3, 4]];
const destructive = { 2: ['notes.tag'] };

const changed = (edits: MigrationRecord): MigrationRecord => ({ ...files, ...edits });

onEveryDriver('a set of migrations', (open, { api }) => {
  const down = (db: TestDatabase, options: DownOptions = {}, more: RunOptions = {}): Promise<unknown> =>
    db.down(files, { together, destructive, ...more }, options);

  it('runs as one, and each of it is recorded and reported', async () => {
    const db = open();
    const events: string[] = [];
    const result = await db.up(files, {
      together,
      onEvent: (event) => {
        if (event.type === 'migration:start')
          events.push(`start ${event.migration.version} (${event.index}/${event.total})`);
        if (event.type === 'migration:done') events.push(`done ${event.migration.version}`);
      },
    });
    expect(result.applied.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
    expect(db.versions()).toEqual([1, 2, 3, 4, 5]);
    expect(events).toEqual([
      'start 1 (1/5)',
      'done 1',
      'start 2 (2/5)',
      'start 3 (3/5)',
      'start 4 (4/5)',
      'done 2',
      'done 3',
      'done 4',
      'start 5 (5/5)',
      'done 5',
    ]);
    expect(db.attempts()).toEqual(['run up ok', '1 up ok', '2 up ok', '3 up ok', '4 up ok', '5 up ok']);
  });

  it.each<[string, UpOptions, string[]]>([
    ['up --to 3', { to: 3 }, ['up --to 4', 'up --to 1']],
    ['up --steps 2', { steps: 2 }, ['up --to 4', 'up --to 1']],
    ['up --steps 3', { steps: 3 }, ['up --to 4', 'up --to 1']],
  ])('refuses `%s`, which would end inside it, and says what to run', async (command, options, commands) => {
    const db = open();
    const error = await failureOf(() => db.up(files, { together }, options));
    expect(error.code).toBe('TOGETHER_SPLIT');
    expect(error.message).toContain(`\`${command}\` would end inside the set 002_create to 004_rename`);
    expect([...error.hint.matchAll(/`dunlin ([^`]*)`/g)].map(([, one]) => one)).toEqual(commands);
    expect(db.rows('SELECT name FROM sqlite_schema')).toEqual([]);
    expect((await db.runner(files, { together }).plan(options)).problems.map(({ code }) => code)).toEqual([
      'TOGETHER_SPLIT',
    ]);
  });

  it('can be ended before and after', async () => {
    const db = open();
    expect((await db.up(files, { together }, { to: 1 })).to).toBe(1);
    expect((await db.up(files, { together }, { to: 4 })).to).toBe(4);
    expect((await db.up(files, { together }, { steps: 1 })).to).toBe(5);
  });

  it.each<[string, DownOptions, string[]]>([
    ['down --to 3', { to: 3 }, ['down --to 4', 'down --to 1']],
    ['down --steps 2', { steps: 2 }, ['down --to 4', 'down --to 1']],
  ])('refuses `%s`', async (command, options, commands) => {
    const db = open();
    await db.up(files, { together });
    const before = db.content();
    const error = await failureOf(() => down(db, options));
    expect(error).toMatchObject({ code: 'TOGETHER_SPLIT', message: expect.stringContaining(`\`${command}\``) });
    expect([...error.hint.matchAll(/`dunlin ([^`]*)`/g)].map(([, one]) => one)).toEqual(commands);
    expect(db.content()).toBe(before);
  });

  it('refuses `to` a version inside it, from both sides', async () => {
    const db = open();
    for (const to of [5, 1]) {
      await db.up(files, { together }, { to });
      const runner = db.runner(files, { together });
      const error = await failureOf(() => (api === 'sync' ? runner.toSync(3) : runner.to(3)));
      expect(error.code).toBe('TOGETHER_SPLIT');
      expect(error.hint).toContain('`dunlin to 4` or `dunlin to 1`');
      await down(db, { to: 0 });
    }
  });

  it('goes down as a whole, with `down` and without a number', async () => {
    const db = open();
    await db.up(files, { together }, { to: 1 });
    const before = db.content();
    await db.up(files, { together }, { to: 4 });
    expect(await down(db)).toMatchObject({ applied: [{ version: 4 }, { version: 3 }, { version: 2 }], to: 1 });
    expect(db.content()).toBe(before);
    await db.up(files, { together });
    expect(await down(db)).toMatchObject({ applied: [{ version: 5 }] });
    expect(await down(db, { to: 1 })).toMatchObject({ applied: [{ version: 4 }, { version: 3 }, { version: 2 }] });
    expect(db.content()).toBe(before);
  });

  it('is checked on its way down as well, after the last', async () => {
    const db = open();
    await db.up(files, { together }, { to: 4 });
    const before = db.content();
    const lossy = changed({
      '003_drop.sql': text(
        'DROP TABLE notes;',
        `CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);
        INSERT INTO notes SELECT id, body FROM notes_new WHERE id = 1;`,
      ),
    });
    const error = await failureOf(() => db.down(lossy, { together, destructive }));
    expect(error.code).toBe('ROWS_LOST');
    expect(error.message).toContain('Rolling back 004_rename to 002_create would lose');
    expect(db.content()).toBe(before);
    expect(db.versions()).toEqual([1, 2, 3, 4]);
  });

  it('is redone as a whole', async () => {
    const db = open();
    await db.up(files, { together }, { to: 4 });
    const runner = db.runner(files, { together, destructive });
    const result = api === 'sync' ? runner.redoSync() : await runner.redo();
    expect(result.applied.map(({ version, direction }) => `${version} ${direction}`)).toEqual([
      '4 down',
      '3 down',
      '2 down',
      '2 up',
      '3 up',
      '4 up',
    ]);
    expect(db.versions()).toEqual([1, 2, 3, 4]);
  });

  it('is shown by the plan', async () => {
    const db = open();
    const { steps, problems } = await db.runner(files, { together }).plan();
    expect(problems).toEqual([]);
    expect(steps.map((step) => step.together)).toEqual([[], [2, 3, 4], [2, 3, 4], [2, 3, 4], []]);
    expect(new Set(steps.map(({ group }) => group)).size).toBe(1);
  });

  it.each([
    ['a statement that fails', { '003_drop.sql': text('DROP TABLE nope;', '') }, 'STATEMENT_FAILED', 3],
    [
      'a function that throws',
      {
        '004_rename.js': {
          up: () => {
            throw new Error('no');
          },
        },
      },
      'FUNCTION_FAILED',
      4,
    ],
    [
      'a verification that fails',
      { '003_drop.sql': `${text('DROP TABLE notes;', '')}-- === VERIFY ===\nSELECT 0;\n` },
      'VERIFICATION_FAILED',
      3,
    ],
    [
      'a loss',
      {
        '002_create.sql': `CREATE TABLE notes_new (id INTEGER PRIMARY KEY, body TEXT, tag TEXT);
      INSERT INTO notes_new (id, body) SELECT id, body FROM notes WHERE id > 1;`,
      },
      'ROWS_LOST',
      2,
    ],
  ] as [string, MigrationRecord, string, number][])(
    'is undone completely by %s',
    async (_name, edits, code, version) => {
      const db = open();
      const { '004_rename.sql': _, ...rest } = changed(edits);
      const given = '004_rename.js' in edits ? rest : changed(edits);
      await db.up(given, { together }, { to: 1 });
      const before = db.content();
      const error = await failureOf(() => db.up(given, { together }));
      expect(error).toMatchObject({ code, failed: { version }, applied: [] });
      expect(error.pending?.map((one) => one.version)).toEqual([2, 3, 4, 5].filter((one) => one !== version));
      if (version > 2)
        expect(error.hint).toMatch(
          /The set happens together or not at all: what 002_create(?:, 003_drop)? changed was rolled back as well\.$/,
        );
      expect(db.content()).toBe(before);
      expect(db.versions()).toEqual([1]);
      expect(db.attempts().slice(2)).toEqual([`run up failed ${code}`, `${version} up failed ${code}`]);
      // Nothing of it is in the way of the next run.
      await db.up(files, { together });
      expect(db.versions()).toEqual([1, 2, 3, 4, 5]);
    },
  );

  it('that fails leaves what came before it in the same run', async () => {
    const db = open();
    const error = await failureOf(() => db.up(changed({ '004_rename.sql': 'nonsense;' }), { together }));
    expect(error).toMatchObject({ code: 'STATEMENT_FAILED', applied: [{ version: 1 }], failed: { version: 4 } });
    expect(db.versions()).toEqual([1]);
    expect(db.column('SELECT body FROM notes')).toEqual(['one', 'two']);
  });

  it('that ends the transaction is not applied, and what came before it is', async () => {
    const db = open();
    const given = changed({ '003_drop.sql': `INSERT OR ROLLBACK INTO notes VALUES (1, 'again');` });
    const error = await failureOf(() => db.up(given, { together }));
    expect(error).toMatchObject({ code: 'TRANSACTION_LOST', applied: [{ version: 1 }], failed: { version: 3 } });
    expect(error.hint).toContain('what 002_create changed was rolled back as well');
    expect(db.versions()).toEqual([1]);
    expect(db.column(`SELECT name FROM sqlite_schema WHERE name LIKE 'notes%'`)).toEqual(['notes']);
  });

  it("takes the whole run along with atomic: 'run'", async () => {
    const db = open();
    const error = await failureOf(() => db.up(changed({ '004_rename.sql': 'nonsense;' }), { together, atomic: 'run' }));
    expect(error.hint).toContain('what 001_notes changed was rolled back as well');
    expect(db.column(`SELECT name FROM sqlite_schema WHERE name LIKE 'notes%'`)).toEqual([]);
  });

  it('is not left in the middle by a signal', async () => {
    const db = open();
    const controller = new AbortController();
    const result = await db.up(files, {
      together,
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'migration:start' && event.migration.version === 3) controller.abort();
      },
    });
    expect(result.aborted).toBe(true);
    expect(db.versions()).toEqual([1, 2, 3, 4]);
  });

  it('continues with the rest where an earlier version of the application has applied some of it', async () => {
    const db = open();
    await db.up(files, {}, { to: 3 });
    expect(await db.up(files, { together })).toMatchObject({ applied: [{ version: 4 }, { version: 5 }] });
    expect(db.column('SELECT body FROM notes')).toEqual(['one', 'two']);
    const half = open();
    await half.up(files, {}, { to: 2 });
    const lossy = changed({
      '003_drop.sql': text('DELETE FROM notes WHERE id = 1; DROP TABLE notes;', ''),
      '004_rename.sql': text(
        'CREATE TABLE n2 AS SELECT * FROM notes_new WHERE id = 1; DROP TABLE notes_new; ALTER TABLE n2 RENAME TO notes_new; ALTER TABLE notes_new RENAME TO notes;',
        '',
      ),
    });
    const error = await failureOf(() => half.up(lossy, { together }));
    expect(error).toMatchObject({
      code: 'ROWS_LOST',
      message: expect.stringContaining('The set 003_drop to 004_rename'),
    });
    expect(half.versions()).toEqual([1, 2]);
  });

  it('that is partly applied goes down as far as it is applied, and is not redone', async () => {
    const db = open();
    await db.up(files, {}, { to: 3 });
    const runner = db.runner(files, { together });
    const error = await failureOf(() => (api === 'sync' ? runner.redoSync() : runner.redo()));
    expect(error).toMatchObject({ code: 'TOGETHER_SPLIT', hint: expect.stringContaining('`dunlin up --to 4`') });
    expect(await failureOf(() => down(db, { to: 2 }))).toMatchObject({ code: 'TOGETHER_SPLIT' });
    expect(await down(db)).toMatchObject({ applied: [{ version: 3 }, { version: 2 }] });
    expect(db.column('SELECT body FROM notes')).toEqual(['one', 'two']);
  });

  it('may lose what one of it declares', async () => {
    const db = open();
    const lossy = (directive: string): MigrationRecord =>
      changed({
        '002_create.sql': `CREATE TABLE notes_new AS SELECT id, body, NULL AS tag FROM notes WHERE id = 1;`,
        '004_rename.sql': `${directive}\n${text('ALTER TABLE notes_new RENAME TO notes;', '')}`,
      });
    expect((await failureOf(() => db.up(lossy(''), { together }))).hint).toContain(
      "say so in the options, for any migration of the set:\n    destructive: { 4: ['notes'] },",
    );
    await db.up(lossy('-- dunlin: destructive notes'), { together });
    expect(db.column('SELECT body FROM notes')).toEqual(['one']);
    const other = open();
    await other.up(lossy(''), { together, destructive: { 4: ['notes'] } });
    expect(other.column('SELECT body FROM notes')).toEqual(['one']);
  });

  it('runs code that sees what is recorded of those before it', async () => {
    const db = open();
    const seen: unknown[] = [];
    const { '003_drop.sql': _, ...rest } = files;
    const up =
      api === 'sync'
        ? (handle: MigrationDatabase): void => {
            seen.push(...handle.all('SELECT version FROM schema_migrations'));
            handle.exec('DROP TABLE notes');
          }
        : async (handle: MigrationDatabase): Promise<void> => {
            seen.push(...(await handle.all('SELECT version FROM schema_migrations')));
            await (handle.exec('DROP TABLE notes') as unknown as Promise<void>);
          };
    await db.up({ ...rest, '003_drop.js': { up } as never }, { together });
    expect(seen).toEqual([{ version: 1 }, { version: 2 }]);
    expect(db.versions()).toEqual([1, 2, 3, 4, 5]);
  });

  it('begins each migration without the temporary objects and pragmas of the one before', async () => {
    const db = open();
    const temporary = 'CREATE TEMP TABLE kept AS SELECT * FROM notes; CREATE TEMP VIEW seen AS SELECT * FROM kept;';
    const given = changed({
      '002_create.sql': `PRAGMA recursive_triggers = ON; ${temporary}`,
      '003_drop.sql': temporary,
      '004_rename.sql': `${temporary} DELETE FROM notes; INSERT INTO notes SELECT * FROM kept; DROP VIEW seen; DROP TABLE kept;`,
      '005_index.sql': 'CREATE INDEX bodies ON notes (body);',
    });
    const before = db.value('PRAGMA recursive_triggers');
    await db.up(given, { together });
    expect(db.column('SELECT name FROM sqlite_temp_schema')).toEqual([]);
    expect(db.value('PRAGMA recursive_triggers')).toBe(before);
    expect(db.column('SELECT body FROM notes')).toEqual(['one', 'two']);
  });

  it.each([
    ['all', '', undefined],
    ['some', ' WHERE id = 1', 'ROWS_LOST'],
  ])('follows rows through a temporary table that ends with its file: %s of them', async (_name, where, code) => {
    const db = open();
    await db.up(files, {}, { to: 1 });
    const given = changed({
      '002_create.sql': `CREATE TEMP TABLE kept AS SELECT * FROM notes; DROP TABLE notes;
        CREATE TABLE notes_new (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO notes_new SELECT * FROM kept${where};`,
      '003_drop.sql': 'CREATE TEMP TABLE kept (id, body);',
      '005_index.sql': 'CREATE INDEX bodies ON notes (body);',
    });
    if (code === undefined) await db.up(given, { together });
    else expect((await failureOf(() => db.up(given, { together }))).code).toBe(code);
    expect(db.column('SELECT body FROM notes')).toEqual(['one', 'two']);
  });

  it('does not take rows that only a temporary table has for kept', async () => {
    const db = open();
    await db.up(files, {}, { to: 1 });
    const given = changed({
      '002_create.sql': 'CREATE TEMP TABLE kept AS SELECT * FROM notes; DROP TABLE notes;',
      '003_drop.sql': 'CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);',
      '004_rename.sql': 'CREATE TABLE other (x);',
      '005_index.sql': 'CREATE TABLE another (x);',
    });
    const error = await failureOf(() => db.up(given, { together }));
    expect(error).toMatchObject({
      code: 'ROWS_LOST',
      message: expect.stringContaining('notes: 2 rows before, 0 after'),
    });
    expect(db.column('SELECT body FROM notes')).toEqual(['one', 'two']);
  });

  it.each(['filename', 'semver'] as const)('is recorded in the layout %s', async (layout) => {
    const db = open();
    const labelled = Object.fromEntries(
      Object.entries(files).map(([name, sql], i) => [name, `-- Schema-Version: 1.${i}.0\n${sql as string}`]),
    );
    await db.up(labelled, { together, layout });
    expect((await db.runner(labelled, { together, layout }).status()).pending).toEqual([]);
    await db.down(labelled, { together, layout, destructive }, { to: 1 });
    expect((await db.runner(labelled, { together, layout }).status()).pending).toHaveLength(4);
    await db.up(labelled, { together, layout });
    expect(db.column('SELECT body FROM notes')).toEqual(['one', 'two']);
  });
});

it('a set that another process has partly applied while the run waited continues with the rest', async () => {
  const db = openTestDatabase();
  await db.up(files, {}, { to: 1 });
  let waited = false;
  const result = await db.up(files, {
    together,
    wrap: (bridge) => ({
      ...bridge,
      script: (sql) => {
        // An earlier version of the application, which does not know of the set, gets the lock first.
        if (sql.startsWith('BEGIN') && !waited) {
          waited = true;
          const other = db.connect();
          db.runner(files, { wrap: () => other }).upSync({ to: 2 });
        }
        return bridge.script(sql);
      },
    }),
  });
  expect(waited).toBe(true);
  expect(result).toMatchObject({ applied: [{ version: 3 }, { version: 4 }, { version: 5 }] });
  expect(db.column('SELECT body FROM notes')).toEqual(['one', 'two']);
});

describe('what a set is made of', () => {
  const invalid: [string, unknown, RegExp][] = [
    ['no list', 3, /must be a list of sets/],
    ['no list of lists', [301, 302], /must be a list of sets, each a list of versions/],
    ['a text', [['301', '302']], /must be a list of sets/],
    ['version 0', [[0, 1]], /must be a list of sets/],
    ['one version', [[2]], /must have two versions or more in each set, not \[2\]/],
    ['none', [[]], /must have two versions or more/],
    ['descending versions', [[3, 2]], /must have ascending versions, not \[3,2\]/],
    ['a version twice', [[2, 2, 3]], /must have ascending versions/],
  ];
  it.each(invalid)('an option with %s is refused, in a call and in a configuration', async (_name, given, words) => {
    const db = openTestDatabase();
    const error = await failureOf(() => db.runner(files, { together: given as never }));
    expect(error).toMatchObject({ code: 'OPTION_INVALID', message: expect.stringMatching(words) });
    expect(checkConfig({ database: 'a.db', together: given })).toEqual([expect.stringMatching(words)]);
  });

  it('an option for no set, and none, is no set', async () => {
    const db = openTestDatabase();
    await db.up(files, { together: [] }, { to: 3 });
    expect(checkConfig({ database: 'a.db', together })).toEqual([]);
  });

  it.each<[string, number[][], RegExp, RegExp]>([
    [
      'an unknown version',
      [[2, 3, 9]],
      /no migration of the given record has the version 9/,
      /the newest are 003_drop, 004_rename, 005_index/,
    ],
    [
      'a version between them left out',
      [[2, 4]],
      /003_drop is between 2 and 4, and is not in the set 2, 4/,
      /`together: \[\[2, 3, 4\]\]`/,
    ],
    [
      'sets that overlap',
      [
        [1, 2, 3],
        [3, 4],
      ],
      /the sets 001_notes to 003_drop and 003_drop to 004_rename overlap/,
      /`together: \[\[1, 2, 3, 4\]\]`/,
    ],
  ])('an option with %s is refused, also with nothing pending', async (_name, given, message, hint) => {
    const db = openTestDatabase();
    for (const setup of [{}, { together }]) {
      const error = await failureOf(() => db.up(files, { together: given }));
      expect(error.code).toBe('TOGETHER_INVALID');
      expect(error.message).toMatch(message);
      expect(error.hint).toMatch(hint);
      expect((await db.runner(files, { together: given }).check()).problems).toEqual(
        expect.arrayContaining([expect.objectContaining({ code: 'TOGETHER_INVALID' })]),
      );
      await db.up(files, setup);
    }
  });

  const member = (first: string): MigrationRecord =>
    changed({ '002_create.sql': `${first}\n${files['002_create.sql'] as string}` });

  it('the first file says it', async () => {
    const db = openTestDatabase();
    expect((await failureOf(() => db.up(member('-- dunlin: together 004'), {}, { to: 2 }))).code).toBe(
      'TOGETHER_SPLIT',
    );
    // The same set in the option is no contradiction, and the line no edit.
    await db.up(member('-- dunlin: together 4'), { together }, { to: 4 });
    expect((await db.up(files, { together })).applied).toHaveLength(1);
    expect((await db.runner(member('-- dunlin: together 4')).check()).problems).toEqual([]);
  });

  it('also where that one is applied already', async () => {
    const db = openTestDatabase();
    await db.up(files, {}, { to: 2 });
    expect((await failureOf(() => db.up(member('-- dunlin: together 4'), {}, { to: 3 }))).code).toBe('TOGETHER_SPLIT');
  });

  it('the first definition says it, whatever module it is in', async () => {
    const definition = defineMigration({
      together: 4,
      up: (handle) => handle.exec('CREATE TABLE notes_new AS SELECT *, NULL AS tag FROM notes WHERE id = 1'),
      down: 'DROP TABLE notes_new',
    });
    const { '002_create.sql': _, ...rest } = files;
    for (const given of [definition, { default: definition }, () => Promise.resolve(definition)]) {
      const db = openTestDatabase({ driver: 'better-sqlite3', api: 'async' });
      const migrations = { ...rest, '002_create.js': given } as MigrationRecord;
      expect((await failureOf(() => db.up(migrations, {}, { to: 3 }))).code).toBe('TOGETHER_SPLIT');
      expect(await failureOf(() => db.up(migrations))).toMatchObject({ code: 'ROWS_LOST', failed: { version: 2 } });
    }
  });

  it.each<[string, string, RegExp, RegExp]>([
    [
      'no version',
      '-- dunlin: together',
      /the directive `together` takes the version|together/,
      /-- dunlin: together 303/,
    ],
    ['a name', '-- dunlin: together 004_rename', /together/, /-- dunlin: together 303/],
    [
      'two versions',
      '-- dunlin: together 3\n-- dunlin: together 4',
      /stands twice, with 3 and 4/,
      /-- dunlin: together 4/,
    ],
  ])('a line with %s is refused', async (_name, line, message, hint) => {
    const error = await failureOf(() => openTestDatabase().up(member(line)));
    expect(error.code).toBe('DIRECTIVE_INVALID');
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  it.each<[string, string, RegExp]>([
    [
      'an unknown version',
      '-- dunlin: together 9',
      /002_create\.sql: its set ends with the version 9, which no migration/,
    ],
    ['its own version', '-- dunlin: together 2', /its set ends with the version 2, which does not come after its own/],
    ['an earlier one', '-- dunlin: together 1', /its set ends with the version 1, which does not come after its own/],
  ])('a line with %s fits no set', async (_name, line, message) => {
    const error = await failureOf(() => openTestDatabase().up(member(line)));
    expect(error).toMatchObject({ code: 'TOGETHER_INVALID', migration: { version: 2 } });
    expect(error.message).toMatch(message);
  });

  it('a definition with another type is refused', async () => {
    const { '002_create.sql': _, ...rest } = files;
    const given = { ...rest, '002_create.js': { together: '4', up: 'SELECT 1' } } as never;
    expect((await failureOf(() => openTestDatabase().up(given))).code).toBe('DEFINITION_TYPE');
  });

  it('a line and the option that overlap are refused', async () => {
    const error = await failureOf(() => openTestDatabase().up(member('-- dunlin: together 3'), { together }));
    expect(error.message).toMatch(
      /002_create\.sql: the sets 002_create to 004_rename and 002_create to 003_drop overlap/,
    );
  });

  it.each<[string, MigrationRecord, RegExp]>([
    [
      'no-transaction',
      { '003_drop.sql': '-- dunlin: no-transaction\nVACUUM;' },
      /003_drop cannot be in the set 002_create to 004_rename: it runs outside a transaction/,
    ],
    [
      'foreign-keys on',
      { '003_drop.sql': '-- dunlin: foreign-keys on\nDELETE FROM notes;' },
      /003_drop cannot be in the set .*: it runs with foreign keys on/,
    ],
  ])('a migration with `%s` cannot be in one', async (_name, edits, message) => {
    const db = openTestDatabase();
    const error = await failureOf(() => db.up(changed(edits), { together }));
    expect(error).toMatchObject({ code: 'TOGETHER_REFUSED', migration: { version: 3 } });
    expect(error.message).toMatch(message);
    expect(db.column('SELECT name FROM sqlite_schema')).toEqual([]);
    expect((await db.runner(changed(edits), { together }).check()).problems).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: 'TOGETHER_REFUSED' })]),
    );
    // Elsewhere it is as before.
    await db.up(changed({ '005_index.sql': edits['003_drop.sql']! }), { together });
  });
});
