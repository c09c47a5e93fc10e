import { expect, it } from 'vitest';
import type { DunlinEvent } from '../../src/bridge/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { MigrationRunner } from '../../src/runner/runner.ts';
import { failureOf, onEveryDriver, registryOf } from '../support/databases.ts';

/** A migration that makes a table with one row, and drops it. */
const making = (table: string): string => `-- === UP MIGRATION ===
CREATE TABLE ${table} (x INTEGER);
INSERT INTO ${table} VALUES (1);
-- === DOWN MIGRATION ===
DROP TABLE ${table};
`;
const three = { '001_a.sql': making('a'), '002_b.sql': making('b'), '003_c.sql': making('c') };
const failing = {
  '001_a.sql': making('a'),
  '002_b.sql': 'CREATE TABLE b (x);\nINSERT INTO nowhere VALUES (1);',
  '003_c.sql': making('c'),
};

onEveryDriver('runs', (open) => {
  it('names the ignored files where there are no others', async () => {
    const db = open();
    const { to, notes } = await db.up({ 'users.sql': 'CREATE TABLE users (id INTEGER)' });
    expect({ to, notes }).toEqual({ to: 0, notes: [expect.stringMatching(/^users\.sql is ignored: /)] });
    expect((await db.up({ '001_users.sql': 'CREATE TABLE users (id INTEGER)', 'notes.sql': '' })).notes).toEqual([]);
  });

  it('reports ignored files that may be migrations, with a run, a plan and nothing to do', async () => {
    const db = open();
    const files = {
      '001_users.sql': 'CREATE TABLE users (id INTEGER)',
      '2_x.up.sql': 'CREATE TABLE x (id INTEGER)',
      '1_x.down..sql': 'DROP TABLE users',
      'V5__x.sql': 'CREATE TABLE y (id INTEGER)',
      'p/20240101_init/migration.sql': 'CREATE TABLE z (id INTEGER)',
      '3_x.cjs': { up: 'CREATE TABLE c (id INTEGER)' },
      'README.md': '',
      'schema.sql': '',
    };
    const notes = [
      expect.stringMatching(/^2_x\.up\.sql and 1_x\.down\.\.sql are ignored: one half/),
      expect.stringMatching(/^V5__x\.sql is ignored: named as Flyway/),
      expect.stringMatching(/^20240101_init\/migration\.sql is ignored: in a directory/),
      expect.stringMatching(/^3_x\.cjs is ignored: a CommonJS/),
    ];
    const runner = db.runner(files);
    expect((await runner.plan()).notes).toEqual(notes);
    expect((await runner.up()).notes).toEqual(notes);
    expect((await runner.up()).notes).toEqual(notes);
    expect((await runner.status()).notes).toHaveLength(6);
    expect((await runner.status()).entries.map(({ name }) => name)).toEqual(['users']);
  });

  it.each<[string, Record<string, string>]>([
    ['pairs', { '1_x.up.sql': 'CREATE TABLE x (id INTEGER)', '1_x.down.sql': 'DROP TABLE x' }],
    ['files of Flyway', { 'V1__x.sql': 'CREATE TABLE x (id INTEGER)' }],
    ['folders', { '20240101_init/migration.sql': 'CREATE TABLE x (id INTEGER)' }],
    ['versions that are not in front', { 'patch1.sql': 'CREATE TABLE x (id INTEGER)' }],
  ])('refuses to continue where nothing but %s is found', async (_, files) => {
    const db = open();
    const first = Object.keys(files)[0]!;
    expect(await failureOf(() => db.up(files))).toMatchObject({
      code: 'MIGRATIONS_UNRECOGNISED',
      message: expect.stringContaining(first),
      hint: expect.stringContaining(`${first} is ignored: `),
    });
  });

  it('reports foreign keys that name no table when all has run', async () => {
    const db = open();
    const one = { '001_users.sql': 'CREATE TABLE users (id INTEGER PRIMARY KEY)' };
    const two = {
      ...one,
      '002_notes.sql': 'CREATE TABLE notes (user_id INTEGER REFERENCES user, tag REFERENCES tags)',
    };
    const names = (table: string): unknown =>
      expect.stringMatching(
        new RegExp(`^a foreign key of notes names ${table}, which is no table.*: with foreign keys on`),
      );
    expect((await db.up(two)).notes).toEqual([names('user'), names('tags')]);
    expect((await db.up(two)).notes).toEqual([]);
    const three = { ...two, '003_tags.sql': 'CREATE TABLE Tags (tag TEXT PRIMARY KEY)' };
    const { notes } = await db.up(three);
    expect(notes).toEqual([names('user')]);
    expect(notes[0]).toContain('(did you mean users?)');
    const many = Array.from({ length: 8 }, (_, i) => `CREATE TABLE c${i} (p REFERENCES nowhere)`).join(';');
    const all = (await db.up({ ...three, '004_many.sql': many })).notes;
    expect(all).toHaveLength(6);
    expect(all.at(-1)).toBe('4 more foreign keys name no table');
  });

  it('notes what a run makes and SQLite cannot use, also behind a foreign key that hides it', async () => {
    const db = open();
    db.exec('PRAGMA foreign_keys = ON');
    const one = { '001_users.sql': 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)' };
    await db.up(one);
    const two = {
      ...one,
      '002_notes.sql': `CREATE TABLE notes (author TEXT REFERENCES users (name));
        CREATE TRIGGER on_user AFTER INSERT ON users BEGIN INSERT INTO nowhere VALUES (1); END;
        CREATE VIEW titles AS SELECT title FROM notes;`,
    };
    const notes = [
      expect.stringMatching(/^a foreign key of notes names columns of users that are missing there, or that are not/),
      expect.stringMatching(/^trigger on_user does not compile \(no such table: main\.nowhere\): SQLite refuses what/),
      expect.stringMatching(/^view titles does not compile \(no such column: title\): SQLite refuses to read it$/),
    ];
    const planned = await db.runner(two).plan();
    expect(planned.notes).toEqual(notes);
    expect(planned.problems).toEqual([]);
    expect((await db.up(two)).notes).toEqual(notes);
    expect((await db.up({ ...two, '003_other.sql': 'CREATE TABLE other (x)' })).notes).toEqual([notes[0]]);
    const many = Array.from({ length: 7 }, (_, i) => `CREATE VIEW v${i} AS SELECT y FROM other`).join(';');
    const all = (await db.up({ ...two, '003_other.sql': 'CREATE TABLE other (x)', '004_many.sql': many })).notes;
    expect(all.at(-1)).toBe('2 more do not compile');
  });

  it('plans with what the files leave, not with what each of them begins', async () => {
    const db = open();
    db.exec('CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE); INSERT INTO users VALUES (1, NULL)');
    const files = {
      '001_rebuild.sql': `CREATE TABLE n (id INTEGER PRIMARY KEY, email TEXT);
        INSERT INTO n SELECT * FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;
        CREATE VIEW later AS SELECT y FROM other;`,
      '002_other.sql': 'CREATE TABLE other AS SELECT 1 AS y;',
    };
    const left = ['rebuilds users without: UNIQUE (email)'];
    expect((await db.runner(files).plan()).notes).toEqual(left);
    const { '002_other.sql': _, ...first } = files;
    const unknown = { ...first, '002_other.ts': { up: () => undefined } };
    expect((await db.runner(unknown).plan()).notes).toEqual(left);
    const endless = {
      ...files,
      '002_other.sql':
        'CREATE TABLE other AS WITH RECURSIVE c(y) AS (SELECT 1 UNION ALL SELECT y FROM c) SELECT y FROM c;',
    };
    expect((await db.runner(endless).plan()).notes).toEqual(left);
    const failing = { ...files, '002_other.sql': 'CREATE TABLE users (x)' };
    expect((await db.runner(failing).plan()).notes).toEqual(left);
  });

  it('applies what is pending, in numeric order, and records it', async () => {
    const db = open();
    const result = await db.up({ '10_c.sql': making('c'), '002_b.sql': making('b'), '1_a.sql': making('a') });
    expect(result).toMatchObject({ from: 0, to: 10, pending: [], notes: [], aborted: false });
    expect(
      result.applied.map(({ version, name, direction, statements }) => [version, name, direction, statements]),
    ).toEqual([
      [1, 'a', 'up', 2],
      [2, 'b', 'up', 2],
      [10, 'c', 'up', 2],
    ]);
    const rows = db.rows('SELECT * FROM schema_migrations ORDER BY version');
    expect(rows[1]).toMatchObject({
      version: 2,
      name: 'b',
      schema_version: null,
      fingerprint: null,
      up_text: expect.stringContaining('CREATE TABLE b'),
      down_text: expect.stringContaining('DROP TABLE b'),
    });
    expect(rows[1]?.['checksum']).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(rows[1]?.['text_hash']).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(rows[1]?.['applied_at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(rows[1]?.['execution_time_ms']).toBeGreaterThanOrEqual(0);
  });

  it('with nothing pending writes nothing: no byte, no time, no file', async () => {
    const db = open();
    await db.up(three);
    const before = db.files();
    expect(await db.up(three)).toMatchObject({ from: 3, to: 3, applied: [], pending: [] });
    expect((await db.down(three, {}, { steps: 0 })).applied).toEqual([]);
    expect((await db.runner(three).to(3)).applied).toEqual([]);
    expect(db.files()).toEqual(before);
    expect(Object.keys(before)).toEqual(['app.db']);
  });

  it('reads without writing: status, plan, history, check, repairs', async () => {
    const db = open();
    await db.up({ '001_a.sql': three['001_a.sql'] });
    const before = db.files();
    const runner = db.runner(three);
    const status = db.variant.api === 'sync' ? runner.statusSync() : await runner.status();
    expect(status).toMatchObject({
      version: 1,
      pending: [
        { version: 2, name: 'b' },
        { version: 3, name: 'c' },
      ],
      tooOld: true,
      tooNew: false,
      problems: [],
    });
    expect((await runner.plan()).steps.map((step) => step.version)).toEqual([2, 3]);
    expect((await runner.plan({ steps: 1 })).to).toBe(2);
    expect((await runner.plan({ direction: 'down' })).steps.map((step) => [step.version, step.direction])).toEqual([
      [1, 'down'],
    ]);
    expect((await runner.plan({ direction: 'down', to: 1 })).direction).toBe('down');
    await runner.history();
    await runner.check();
    await runner.repairs();
    expect(db.files()).toEqual(before);
  });

  it('reads without writing where nothing was ever recorded', async () => {
    const db = open();
    db.exec('CREATE TABLE theirs (x)');
    const before = db.files();
    const runner = db.runner(three);
    expect(await runner.status()).toMatchObject({ version: 0, problems: [] });
    expect((await runner.plan()).steps).toHaveLength(3);
    expect(await runner.history()).toEqual([]);
    expect((await runner.check()).problems).toEqual([]);
    expect(await runner.repairs()).toEqual([]);
    expect(db.files()).toEqual(before);
  });

  it('rolls back the last one, or several, or all', async () => {
    const db = open();
    await db.up(three);
    expect(await db.down(three)).toMatchObject({
      from: 3,
      to: 2,
      applied: [{ version: 3, direction: 'down' }],
      pending: [{ version: 3 }],
    });
    expect(db.versions()).toEqual([1, 2]);
    expect((await db.down(three, {}, { all: true })).applied.map((outcome) => outcome.version)).toEqual([2, 1]);
    expect(db.content()).toBe(JSON.stringify([[], []], null, 1));
    await db.up(three);
    expect((await db.down(three, {}, { to: 1 })).applied.map((outcome) => outcome.version)).toEqual([3, 2]);
    await db.up(three);
    expect((await db.down(three, {}, { steps: 2 })).applied.map((outcome) => outcome.version)).toEqual([3, 2]);
    expect((await db.down({}, {}, { steps: 0 })).applied).toEqual([]);
  });

  it('refuses options that say two things, or none', async () => {
    const db = open();
    await db.up(three);
    expect(await failureOf(() => db.down(three, {}, { steps: 1, to: 1 }))).toMatchObject({
      code: 'OPTIONS_CONFLICT',
      message: 'steps and to cannot be given together.',
    });
    expect(await failureOf(() => db.down(three, {}, { to: 1, all: true }))).toMatchObject({
      code: 'OPTIONS_CONFLICT',
      message: 'to and all cannot be given together.',
    });
    expect((await db.down(three, {}, { steps: 1, all: false })).applied).toHaveLength(1);
    for (const steps of [-1, 1.5, Number.NaN]) {
      expect(await failureOf(() => db.down(three, {}, { steps }))).toMatchObject({
        code: 'OPTION_INVALID',
        message: `\`steps\` must be a whole number, 0 or more; it is ${steps}.`,
      });
      expect(await failureOf(() => db.up(three, {}, { steps }))).toMatchObject({ code: 'OPTION_INVALID' });
    }
    expect(await failureOf(() => db.up(three, {}, { to: 9 }))).toMatchObject({
      code: 'VERSION_UNKNOWN',
      message: 'There is no migration 9; the last ones are 001_a, 002_b, 003_c.',
    });
    expect(await failureOf(() => db.runner({}).to(9))).toMatchObject({
      code: 'VERSION_UNKNOWN',
      message: 'There is no migration 9.',
    });
    expect(db.versions()).toEqual([1, 2]);
  });

  it('goes to a version, up or down, and does the last one again', async () => {
    const db = open();
    const runner = db.runner(three);
    expect((await runner.to(2)).applied.map((outcome) => outcome.version)).toEqual([1, 2]);
    expect((await runner.to(1)).applied.map((outcome) => [outcome.version, outcome.direction])).toEqual([[2, 'down']]);
    expect((await db.up(three, {}, { steps: 1 })).pending).toEqual([{ version: 3, name: 'c' }]);
    expect((await db.up(three, {}, { to: 2 })).applied).toEqual([]);
    db.exec('INSERT INTO b VALUES (2)');
    expect((await runner.redo()).applied.map((outcome) => [outcome.version, outcome.direction])).toEqual([
      [2, 'down'],
      [2, 'up'],
    ]);
    expect(db.column('SELECT x FROM b')).toEqual([1]);
    await runner.to(0);
    expect(db.versions()).toEqual([]);
  });

  it('goes down and up on the way to one version', async () => {
    const db = open();
    const { '002_b.sql': second, ...others } = three;
    await db.up(others);
    const result = await db.runner({ ...others, '002_b.sql': second }, { outOfOrder: 'allow' }).to(2);
    expect(result.applied.map((outcome) => [outcome.version, outcome.direction])).toEqual([
      [3, 'down'],
      [2, 'up'],
    ]);
    expect(db.versions()).toEqual([1, 2]);
  });

  it('redo is both or neither', async () => {
    const db = open();
    await db.up({ '001_a.sql': making('a') });
    db.exec('INSERT INTO a VALUES (2)');
    // The UP part cannot run again: the table that it reads is gone by now.
    const once = { '001_a.sql': making('a') };
    const before = db.content();
    const wrap = (bridge: typeof db.bridge): typeof db.bridge => ({
      ...bridge,
      script: (sql) => {
        if (sql === 'INSERT INTO a VALUES (1)') throw Object.assign(new Error('no'), { code: 'SQLITE_ERROR' });
        return bridge.script(sql);
      },
    });
    const error = await failureOf(() => db.runner(once, { wrap }).redo());
    expect(error).toMatchObject({ code: 'STATEMENT_FAILED', failed: { version: 1 }, applied: [], pending: [] });
    expect(db.content()).toBe(before);
    expect(db.versions()).toEqual([1]);
    // It was the way up that failed.
    expect(db.attempts().slice(-2)).toEqual(['run down failed STATEMENT_FAILED', '1 up failed STATEMENT_FAILED']);
  });

  it('rolls a failing migration back, keeps those before it, and continues when the file is corrected', async () => {
    const db = open();
    const error = await failureOf(() => db.up(failing));
    expect(error).toMatchObject({
      code: 'STATEMENT_FAILED',
      message: 'Migration 002_b failed at statement 2 (line 2): no such table: nowhere.',
      hint: expect.stringContaining('rolled back'),
      migration: { version: 2, name: 'b' },
      applied: [{ version: 1, name: 'a' }],
      failed: { version: 2, name: 'b' },
      pending: [{ version: 3, name: 'c' }],
    });
    expect(db.versions()).toEqual([1]);
    expect(db.column(`SELECT name FROM sqlite_schema WHERE type = 'table' AND length(name) = 1`)).toEqual(['a']);
    expect((await db.up(three)).applied.map((outcome) => outcome.version)).toEqual([2, 3]);
  });

  it('atomic: a failure takes the whole run back', async () => {
    const db = open();
    const error = await failureOf(() => db.up(failing, { atomic: 'run' }));
    expect(error).toMatchObject({
      code: 'STATEMENT_FAILED',
      applied: [],
      failed: { version: 2 },
      pending: [{ version: 1 }, { version: 3 }],
    });
    expect(error.hint).toMatch(
      / The run happens together or not at all: what 001_a changed was rolled back as well\.$/,
    );
    expect(db.versions()).toEqual([]);
    expect(db.content()).toBe(JSON.stringify([[], []], null, 1));
    expect(db.attempts()).toEqual(['run up failed STATEMENT_FAILED', '2 up failed STATEMENT_FAILED']);
    expect((await db.up(three, { atomic: 'run' })).applied).toHaveLength(3);
  });

  it('atomic: refuses what cannot be one transaction, before anything is written', async () => {
    const db = open();
    const files = { ...three, '004_v.sql': '-- dunlin: no-transaction\nVACUUM;' };
    const error = await failureOf(() => db.up(files, { atomic: 'run' }));
    expect(error).toMatchObject({
      code: 'ATOMIC_RUN_SPLIT',
      message: 'The run cannot be one transaction: 004_v must run apart from the others.',
    });
    expect(db.rows('SELECT name FROM sqlite_schema')).toEqual([]);
  });

  it('keeps a history of every attempt', async () => {
    const db = open();
    await failureOf(() => db.up(failing, { tool: 'my app 1.2' }));
    await db.up(three);
    await db.down(three);
    const history = await db.runner(three).history();
    expect(
      history.map((run) => [
        run.direction,
        run.status,
        run.errorCode,
        run.migrations.map((attempt) => `${attempt.version} ${attempt.status}`),
      ]),
    ).toEqual([
      ['down', 'ok', null, ['3 ok']],
      ['up', 'ok', null, ['2 ok', '3 ok']],
      ['up', 'failed', 'STATEMENT_FAILED', ['1 ok', '2 failed']],
    ]);
    const failed = history[2]!;
    expect(failed).toMatchObject({
      tool: 'my app 1.2',
      pid: process.pid,
      error: expect.stringContaining('no such table'),
    });
    expect(failed.host).toEqual(expect.any(String));
    expect(failed.migrations[1]).toMatchObject({
      name: 'b',
      statement: 2,
      errorCode: 'STATEMENT_FAILED',
      backup: null,
    });
    expect(failed.finishedAt).toMatch(/Z$/);
    expect(await db.runner(three).history({ limit: 1 })).toHaveLength(1);
    expect(history[0]?.tool).toMatch(/^dunlin \d/);
  });

  it('has no history in a new database', async () => {
    expect(await open().runner(three).history()).toEqual([]);
  });

  it('emits what happens, in order', async () => {
    const db = open();
    const events: DunlinEvent[] = [];
    const lines: string[] = [];
    const logger = {
      info: (line: string) => void lines.push(line),
      warn: (line: string) => void lines.push(line),
      error: (line: string) => void lines.push(line),
    };
    await failureOf(() => db.up(failing, { onEvent: (event) => void events.push(event), logger }));
    expect(
      events.map((event) => ('migration' in event ? `${event.type} ${event.migration.version}` : event.type)),
    ).toEqual([
      'run:start',
      'migration:start 1',
      'migration:statement 1',
      'migration:statement 1',
      'migration:done 1',
      'migration:start 2',
      'migration:statement 2',
      'migration:statement 2',
      'migration:failed 2',
    ]);
    expect(events[0]).toEqual({
      type: 'run:start',
      direction: 'up',
      from: 0,
      pending: [
        { version: 1, name: 'a' },
        { version: 2, name: 'b' },
        { version: 3, name: 'c' },
      ],
      back: 0,
      later: 0,
    });
    expect(events[5]).toMatchObject({ index: 2, total: 3, direction: 'up' });
    expect(lines).toEqual([
      'app.db: version 0, 3 to run',
      'app.db: 1 of 3: 1 a up',
      expect.stringMatching(/^app\.db: 1 a up done in \d+ ms$/),
      'app.db: 2 of 3: 2 b up',
      'app.db: 2 b up failed: Migration 002_b failed at statement 2 (line 2): no such table: nowhere. [STATEMENT_FAILED]',
    ]);
    events.length = 0;
    await db.up(three, { onEvent: (event) => void events.push(event) });
    expect(events.at(-1)).toMatchObject({ type: 'run:done', to: 3, applied: [{ version: 2 }, { version: 3 }] });
    events.length = 0;
    await db.up(three, { onEvent: (event) => void events.push(event), logger });
    expect(events).toEqual([]);
  });

  it('a listener that throws disturbs nothing, and is reported at the end', async () => {
    const db = open();
    const onEvent = (): never => {
      throw new Error('broken listener');
    };
    expect(await failureOf(() => db.up(three, { onEvent }))).toMatchObject({ code: 'LISTENER_FAILED' });
    expect(db.versions()).toEqual([1, 2, 3]);
    expect(db.attempts()[0]).toBe('run up ok');
  });

  it('a signal stops before the next migration; what is done stays done', async () => {
    const db = open();
    const signal = { aborted: false };
    const onEvent = (event: DunlinEvent): void => {
      if (event.type === 'migration:done') signal.aborted = true;
    };
    expect(await db.up(three, { signal, onEvent })).toMatchObject({
      aborted: true,
      applied: [{ version: 1 }],
      pending: [{ version: 2 }, { version: 3 }],
      to: 1,
    });
    expect(db.attempts()).toEqual(['run up interrupted', '1 up ok']);
    // Aborted before the first.
    expect(await db.up(three, { signal })).toMatchObject({ aborted: true, applied: [] });
    expect(db.attempts().slice(2)).toEqual(['run up interrupted']);
    signal.aborted = false;
    expect((await db.up(three, { signal })).applied).toHaveLength(2);
  });

  it('a signal that comes while the run waits for the lock stops it before the first', async () => {
    const db = open();
    const signal = { aborted: false };
    let begun = 0;
    const wrap = (bridge: typeof db.bridge): typeof db.bridge => ({
      ...bridge,
      script: (sql) => {
        if (sql === 'BEGIN IMMEDIATE' && ++begun === 2) signal.aborted = true;
        return bridge.script(sql);
      },
    });
    expect(await db.up(three, { signal, wrap })).toMatchObject({
      aborted: true,
      applied: [],
      pending: [{ version: 1 }, { version: 2 }, { version: 3 }],
    });
    expect(db.attempts()).toEqual(['run up interrupted']);
  });

  it('a signal also stops between two groups', async () => {
    const db = open();
    const files = {
      '001_a.sql': making('a'),
      '002_v.sql': '-- dunlin: no-transaction\nVACUUM;',
      '003_c.sql': making('c'),
    };
    const signal = { aborted: false };
    const onEvent = (event: DunlinEvent): void => {
      if (event.type === 'migration:done') signal.aborted = true;
    };
    expect(await db.up(files, { signal, onEvent })).toMatchObject({ aborted: true, applied: [{ version: 1 }] });
    signal.aborted = false;
    expect(await db.up(files, { signal, onEvent })).toMatchObject({ aborted: true, applied: [{ version: 2 }] });
    expect(db.attempts()).toEqual(['run up interrupted', '1 up ok', 'run up interrupted', '2 up ok']);
  });

  it('refuses to go down where the DOWN part is empty or missing, and changes nothing', async () => {
    const db = open();
    const files = {
      '001_a.sql': making('a'),
      '002_b.sql': '-- === UP MIGRATION ===\nSELECT 1;\n-- === DOWN MIGRATION ===\n',
      '003_c.sql': 'SELECT 1;',
    };
    await db.up(files);
    const before = db.files();
    expect(await failureOf(() => db.down(files))).toMatchObject({
      code: 'CANNOT_ROLL_BACK',
      message: '003_c cannot be rolled back: it has no DOWN part.',
    });
    const error = await failureOf(() => db.down(files, {}, { all: true }));
    expect(error.problems.map((problem) => problem.message)).toEqual([
      '003_c cannot be rolled back: it has no DOWN part.',
      '002_b cannot be rolled back: its DOWN part is empty.',
    ]);
    expect(db.files()).toEqual(before);
  });

  it('goes down with the recorded text when the file is gone', async () => {
    const db = open();
    await db.up(three);
    const { '003_c.sql': gone, ...left } = three;
    expect(gone).toContain('DROP');
    expect((await db.down(left)).applied).toMatchObject([{ version: 3, name: 'c', direction: 'down' }]);
    expect(db.versions()).toEqual([1, 2]);
    expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name = 'c'`)).toBe(0);
    expect((await db.down({}, {}, { all: true })).applied).toHaveLength(2);
  });

  it('keeps no text above a million characters, and says so when it is needed', async () => {
    const db = open();
    const huge = { '001_a.sql': making('a').replace('INSERT', `/*${'x'.repeat(1_000_001)}*/ INSERT`) };
    await db.up(huge);
    expect(db.rows('SELECT up_text, length(down_text) AS down FROM schema_migrations')).toEqual([
      { up_text: null, down: 14 },
    ]);
    expect((await db.down({})).applied).toHaveLength(1);
  });

  it('reports every problem before it touches anything', async () => {
    const db = open();
    const error = await failureOf(() =>
      db.up({
        '001_a.sql': 'COMMIT;',
        '002_b.sql': 'CREATE TABLE b (x); VACUUM;',
        '003_c.sql': '-- dunlin: no-transaction\nDROP TABLE b;',
      }),
    );
    expect(error.problems.map((problem) => [problem.code, problem.migration?.version])).toEqual([
      ['TRANSACTION_CONTROL', 1],
      ['NEEDS_NO_TRANSACTION', 2],
      ['NOT_WITHOUT_TRANSACTION', 3],
    ]);
    expect(db.rows('SELECT name FROM sqlite_schema')).toEqual([]);
  });

  it('applies plain files, and skips transaction statements that the run makes needless', async () => {
    const db = open();
    const files = {
      '001_a.sql':
        'PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE a (x);\nCOMMIT;\nPRAGMA foreign_keys=ON;',
    };
    expect((await db.up(files)).applied[0]?.statements).toBe(1);
    expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name = 'a'`)).toBe(1);
  });

  it('finds the whole run done by another process that was faster', async () => {
    const db = open();
    db.exec('PRAGMA journal_mode = WAL');
    const events: string[] = [];
    let raced = false;
    // Between the look and the lock, another runner does it all.
    const wrap = (bridge: typeof db.bridge): typeof db.bridge => ({
      ...bridge,
      script: (sql) => {
        if (sql === 'BEGIN IMMEDIATE' && !raced) {
          raced = true;
          const other = db.connect();
          void new MigrationRunner({
            bridge: () => other,
            registry: () => registryOf(three),
            host: nodeHost,
            database: 'app.db',
            owned: false,
          }).upSync();
        }
        return bridge.script(sql);
      },
    });
    const result = await db.up(three, { wrap, onEvent: (event) => void events.push(event.type) });
    expect(result).toMatchObject({ applied: [], pending: [], from: 0, to: 3 });
    expect(events).toEqual([]);
    expect(db.attempts()).toEqual(['run up ok', '1 up ok', '2 up ok', '3 up ok']);
  });

  it('finds a part done by another process between two of its own transactions', async () => {
    const db = open();
    db.exec('PRAGMA journal_mode = WAL');
    let begun = 0;
    const wrap = (bridge: typeof db.bridge): typeof db.bridge => ({
      ...bridge,
      script: (sql) => {
        if (sql === 'BEGIN IMMEDIATE' && ++begun === 2) {
          const other = db.connect();
          void new MigrationRunner({
            bridge: () => other,
            registry: () => registryOf(three),
            host: nodeHost,
            database: 'app.db',
            owned: false,
          }).upSync();
        }
        return bridge.script(sql);
      },
    });
    expect(await db.up(three, { wrap })).toMatchObject({ applied: [], pending: [], to: 3 });
    // The other one took this run for dead; with nothing left to do it leaves no row.
    expect(db.attempts()).toEqual(['run up ok', '1 up ok', '2 up ok', '3 up ok']);
    const again = { ...three, '004_v.sql': '-- dunlin: no-transaction\nVACUUM;' };
    begun = 0;
    expect((await db.up(again, { wrap })).applied.map((outcome) => outcome.version)).toEqual([4]);
  });
});
