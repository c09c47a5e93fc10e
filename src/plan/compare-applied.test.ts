import { describe, expect, it } from 'vitest';
import { dunlinError } from '../errors/index.ts';
import type { AppliedMigration } from '../ledger/index.ts';
import { createRegistry, type Migration, type Registry } from '../migration/index.ts';
import { nodeHost } from '../node/node-host.ts';
import { recordSource, type MigrationRecord } from '../source/index.ts';
import { compare, type CompareOptions } from './compare-applied.ts';
import type { Comparison } from './types.ts';

const registryOf = (files: MigrationRecord): Registry => createRegistry(recordSource(files, 'm'), nodeHost);
const first = (files: MigrationRecord): Migration => registryOf(files).migrations[0]!;

/** The row that applying a migration leaves. */
function rowOf(
  { version, name, checksum, textHash }: Migration,
  more: Partial<AppliedMigration> = {},
): AppliedMigration {
  const nothing = { executionTimeMs: 0, schemaVersion: null, upText: null, downText: null };
  return { version, name, checksum, textHash, appliedAt: '2026-01-01T00:00:00.000Z', ...nothing, ...more };
}

const rowsOf = (files: MigrationRecord): AppliedMigration[] =>
  registryOf(files).migrations.map((migration) => rowOf(migration));

function held(
  files: MigrationRecord,
  applied: readonly AppliedMigration[],
  more: Partial<CompareOptions> & { schemaVersion?: string } = {},
): Comparison {
  const { schemaVersion, ...options } = more;
  const state = { exists: { migrations: true, attempts: true, records: true }, applied, problems: [], schemaVersion };
  return compare(registryOf(files), state, {
    database: 'app.db',
    outOfOrder: 'error',
    semver: schemaVersion !== undefined,
    ...options,
  });
}

const codes = (comparison: Comparison): string[] => comparison.problems.map((problem) => problem.code);
const table = 'CREATE TABLE a (b INTEGER); -- one column\n';

describe('edited', () => {
  it.each([
    ['the same text', table, false],
    ['another comment', 'CREATE TABLE a (b INTEGER); -- a column\n', false],
    ['another layout', '\n\nCREATE TABLE a\r\n  (b INTEGER)', false],
    ['keywords in other letters', 'create Table a (b INTEGER);', false],
    ['a name in other letters, though SQLite might not mind', 'CREATE TABLE a (B INTEGER);', true],
    ['another column', 'CREATE TABLE a (c INTEGER);', true],
    ['one more statement', `${table};CREATE TABLE d (e);`, true],
    ['another value of a string', "CREATE TABLE a (b INTEGER DEFAULT 'x');", true],
    ['a text that cannot be parsed', '-- === UP MIGRATION ===\nCREATE TABLE a (b INTEGER);', true],
  ])('%s', (_, text, isEdited) => {
    const { edited, problems } = held({ '001_a.sql': text }, rowsOf({ '001_a.sql': table }));
    expect([...edited.keys()]).toEqual(isEdited ? [1] : []);
    expect(problems.map((problem) => problem.code)).toEqual(isEdited ? ['MIGRATION_EDITED'] : []);
  });

  it('names the file, the time and both checksums', () => {
    const old = rowsOf({ '001_a.sql': table });
    const [problem] = held({ '001_a.sql': 'CREATE TABLE a (c INTEGER)' }, old).problems;
    expect(problem?.message).toMatch(
      /^001_a\.sql was edited after it was applied on 2026-01-01T00:00:00\.000Z \(recorded [0-9a-f]{8}, now [0-9a-f]{8}\)\.$/,
    );
    expect(problem?.hint).toContain('dunlin repair 1');
    expect(problem?.migration).toMatchObject({ version: 1, name: 'a' });
    const [unreadable] = held({ '001_a.sql': '-- === UP MIGRATION ===\nSELECT 1' }, old).problems;
    expect(unreadable?.message).toMatch(
      /, and cannot be read now: 001_a\.sql:1:1: there is an UP marker, but no DOWN marker\.$/,
    );
  });

  it('takes the plain SHA-256 that other programs recorded', () => {
    const plain = nodeHost.sha256(table).toUpperCase();
    expect(
      held({ '001_a.sql': table }, [rowOf(first({ '001_a.sql': table }), { checksum: plain, textHash: null })]).edited
        .size,
    ).toBe(0);
    expect(
      held({ '001_a.sql': `${table} ` }, [rowOf(first({ '001_a.sql': table }), { checksum: plain, textHash: null })])
        .edited.size,
    ).toBe(1);
  });

  it('without a recorded checksum, takes a different text for an edit', () => {
    const [row] = rowsOf({ '001_a.sql': table });
    const { problems } = held({ '001_a.sql': `${table} ` }, [{ ...row!, checksum: null }]);
    expect(problems[0]?.message).toMatch(/\(now [0-9a-f]{8}\)/);
  });
});

describe('missing, ahead, out of order, renamed', () => {
  const all = { '001_a.sql': 'SELECT 1', '002_b.sql': 'SELECT 2', '003_c.sql': 'SELECT 3' };
  const { '002_b.sql': second, ...withoutSecond } = all;
  const { '003_c.sql': third, ...withoutThird } = all;

  it('finds nothing wrong where all is well', () => {
    const comparison = held(all, rowsOf(withoutThird));
    expect(comparison).toMatchObject({
      problems: [],
      notes: [],
      missing: [],
      ahead: [],
      outOfOrder: [],
      renamed: [],
      implied: [],
    });
    expect(comparison.pending.map((migration) => migration.version)).toEqual([3]);
  });

  it('missing: the file of an applied migration is gone, and newer files exist', () => {
    const comparison = held(withoutSecond, rowsOf({ ...withoutThird, '002_b.sql': second }));
    expect(codes(comparison)).toEqual(['MIGRATION_MISSING']);
    expect(comparison.missing.map((row) => row.version)).toEqual([2]);
    expect(comparison.problems[0]?.message).toBe(
      '2 b was applied on 2026-01-01T00:00:00.000Z, but there is no migration of that version in m.',
    );
    expect(comparison.problems[0]?.hint).toContain('dunlin repair 2 --accept');
  });

  it('ahead: the database has migrations newer than all at hand', () => {
    const comparison = held(withoutThird, rowsOf({ ...all, '003_c.sql': third }));
    expect(codes(comparison)).toEqual(['DATABASE_AHEAD']);
    expect(comparison.problems[0]?.message).toBe(
      'app.db is ahead: it has 3 c, and the newest migration here is 002_b.',
    );
    expect(held({}, rowsOf({ '001_a.sql': 'x' })).problems[0]?.message).toBe(
      'app.db is ahead: it has 1 a, and there is no migration here.',
    );
  });

  it('out of order: an older migration is pending', () => {
    const applied = rowsOf(withoutSecond);
    const comparison = held(all, applied);
    expect(codes(comparison)).toEqual(['OUT_OF_ORDER']);
    expect(comparison.problems[0]?.message).toBe(
      '002_b.sql is pending, but 003_c, which is newer, has been applied already.',
    );
    expect(codes(held(all, applied, { outOfOrder: 'allow' }))).toEqual([]);
    expect(held(all, applied, { outOfOrder: 'allow' }).outOfOrder.map((migration) => migration.version)).toEqual([2]);
    // The newer one's file may be gone as well.
    expect(
      held(withoutThird, [rowOf(first(all)), ...rowsOf({ '003_c.sql': third })]).problems.map(
        (problem) => problem.message,
      ),
    ).toEqual([
      'app.db is ahead: it has 3 c, and the newest migration here is 002_b.',
      '002_b.sql is pending, but 3 c, which is newer, has been applied already.',
    ]);
  });

  it('renamed: another name, the same SQL, is a note and no problem', () => {
    const comparison = held({ '001_z.sql': 'SELECT 1' }, rowsOf({ '001_a.sql': 'SELECT 1' }));
    expect(comparison.problems).toEqual([]);
    expect(comparison.notes).toEqual([
      '001_z.sql was called a when it was applied; only its name is different, and `dunlin repair 1 --accept` records it',
    ]);
    expect(comparison.renamed).toHaveLength(1);
  });

  it('passes on what is wrong with the tables', () => {
    const damage = dunlinError('LEDGER_ROW_DAMAGED', { table: 't', row: 'x', fact: 'y' });
    const state = {
      exists: { migrations: true, attempts: true, records: true },
      applied: [],
      problems: [damage],
      schemaVersion: undefined,
    };
    expect(compare(registryOf({}), state, { database: 'd', outOfOrder: 'error', semver: false }).problems).toEqual([
      damage,
    ]);
  });
});

describe('the semver layout', () => {
  const labelled = (label: string): string => `-- Schema-Version: ${label}\nSELECT 1;`;
  const files = {
    '001_a.sql': labelled('1.0.0'),
    '002_b.sql': 'SELECT 2',
    '003_c.sql': labelled('1.1.0'),
    '004_d.sql': labelled('2.0.0'),
  };

  it('counts migrations known only through schema_version as applied', () => {
    const comparison = held(
      { '001_a.sql': labelled('1.0.0'), '002_b.sql': labelled('1.1.0'), '003_c.sql': labelled('2.0.0') },
      [],
      { schemaVersion: '1.1.0' },
    );
    expect(comparison.implied.map((migration) => migration.version)).toEqual([1, 2]);
    expect(comparison.pending.map((migration) => migration.version)).toEqual([3]);
    expect(comparison.applied.get(2)).toMatchObject({ name: 'b', schemaVersion: '1.1.0', appliedAt: '' });
    expect(comparison.label).toBe('1.1.0');
    expect(comparison.problems).toEqual([]);
  });

  it('implies nothing about a migration without a version, and says that it is out of order', () => {
    const comparison = held(files, [], { schemaVersion: '1.1.0' });
    expect(comparison.implied.map((migration) => migration.version)).toEqual([1, 3]);
    expect(codes(comparison)).toEqual(['OUT_OF_ORDER']);
  });

  it('implies nothing once something is recorded: a lower label without a row never ran', () => {
    const { '004_d.sql': _, ...first3 } = files;
    const rows = [rowOf(first(files), { schemaVersion: '1.0.0' })];
    const comparison = held(first3, [...rows, rowOf(registryOf(files).get(3)!, { schemaVersion: '1.1.0' })], {
      schemaVersion: '1.1.0',
    });
    expect(comparison.implied).toEqual([]);
    expect(comparison.pending.map((migration) => migration.version)).toEqual([2]);
    expect(codes(comparison)).toEqual(['OUT_OF_ORDER']);
  });

  it('records what the table says for the newest that it implies', () => {
    const comparison = held(files, [], { schemaVersion: '1.1.7' });
    expect([1, 3].map((version) => comparison.applied.get(version)?.schemaVersion)).toEqual(['1.0.0', '1.1.7']);
  });

  it.each([
    [
      '1.0.0',
      'lower than what is recorded',
      /says 1\.0\.0, but .* is 1\.1\.0\.$/,
      /`UPDATE .* = '1\.1\.0'`.*delete the rows/,
    ],
    ['1.5.0', 'higher', /says 1\.5\.0, but .* is 1\.1\.0\.$/, /`UPDATE .* = '1\.1\.0'`.*`dunlin baseline <version>`/],
  ])('schema_version %s, %s, is a problem with a way out', (schemaVersion, _, message, hint) => {
    const rows = [1, 2, 3].map((version) =>
      rowOf(registryOf(files).get(version)!, { schemaVersion: ['1.0.0', null, '1.1.0'][version - 1]! }),
    );
    const { problems } = held(files, rows, { schemaVersion });
    expect(problems.map((problem) => problem.code)).toEqual(['SCHEMA_VERSION_DAMAGED']);
    expect(problems[0]?.message).toMatch(message);
    expect(problems[0]?.hint).toMatch(hint);
    expect(codes(held(files, rows, { schemaVersion: '1.1.0' }))).toEqual([]);
    // Build metadata does not count.
    expect(codes(held(files, rows, { schemaVersion: '1.1.0+7' }))).toEqual([]);
    // Labels of another kind, recorded in another layout, are not compared.
    expect(
      codes(
        held(
          files,
          rows.map((row) => ({ ...row, schemaVersion: 'v1' })),
          { schemaVersion },
        ),
      ),
    ).toEqual([]);
  });

  it('schema_version above every label is a newer release’s, recorded or not', () => {
    const above = 'app.db is ahead: it has schema_version 2.0.1, and the newest migration here is 004_d (2.0.0).';
    for (const rows of [[], [rowOf(first(files), { schemaVersion: '1.0.0' })]]) {
      const { problems } = held(files, rows, { schemaVersion: '2.0.1', outOfOrder: 'allow' });
      expect(problems.map((problem) => problem.message)).toEqual([above]);
    }
    // Code is recorded with its label, which its file does not tell.
    const code = { '001_a.js': { up: 'SELECT 1' } };
    const rows = [rowOf(first(code), { schemaVersion: '1.0.0' })];
    expect(held(code, rows, { schemaVersion: '1.0.0' }).problems).toEqual([]);
    expect(held(code, rows, { schemaVersion: '1.1.0' }).problems[0]?.message).toContain('here is 001_a (1.0.0)');
    // Without any label there is nothing to be above of.
    expect(held(code, [], { schemaVersion: '1.1.0' }).problems).toEqual([]);
    expect(held({}, [], { schemaVersion: '1.1.0' }).problems).toEqual([]);
  });

  it('says once that a newer release has been here, by its rows', () => {
    const rows = [rowOf(first(files), { schemaVersion: '1.0.0' }), { ...rowOf(first(files)), version: 9 }];
    expect(codes(held({ '001_a.sql': labelled('1.0.0') }, rows, { schemaVersion: '3.0.0' }))).toEqual([
      'DATABASE_AHEAD',
    ]);
  });

  it('implies nothing where the version is lower, or no table says anything', () => {
    expect(held(files, [], { schemaVersion: '0.9.0' }).implied).toEqual([]);
    expect(held(files, [], { semver: true }).implied).toEqual([]);
  });

  it('tells the label of the table, else of the newest applied migration that has one', () => {
    const applied = [rowOf(first(files), { schemaVersion: '1.0.0' })];
    expect(held(files, applied).label).toBe('1.0.0');
    expect(held(files, applied, { schemaVersion: '1.0.5' }).label).toBe('1.0.5');
    expect(held(files, []).label).toBeUndefined();
  });

  it('wants semantic versions in rising order, also in a new database', () => {
    const wrong = {
      '001_a.sql': labelled('1.1'),
      '002_b.sql': labelled('1.1.0'),
      '003_c.sql': labelled('1.1.0'),
      '004_d.sql': labelled('1.0.9'),
    };
    const { problems } = held(wrong, [], { semver: true });
    expect(problems.map((problem) => problem.message)).toEqual([
      '001_a.sql: Schema-Version 1.1 is not a semantic version.',
      '003_c.sql: Schema-Version 1.1.0 is not higher than 1.1.0, that of an earlier migration.',
      '004_d.sql: Schema-Version 1.0.9 is not higher than 1.1.0, that of an earlier migration.',
    ]);
    expect(problems[0]?.hint).toContain('MAJOR.MINOR.PATCH');
    expect(held(wrong, [], { semver: false }).problems).toEqual([]);
  });

  it('leaves a file that cannot be parsed, and code, to the run', () => {
    const comparison = held({ '001_a.sql': '-- === UP MIGRATION ===\nSELECT 1', '002_b.js': { up: 'SELECT 1' } }, [], {
      semver: true,
    });
    expect(comparison.problems).toEqual([]);
    expect(comparison.pending).toHaveLength(2);
  });
});
