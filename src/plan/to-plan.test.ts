import { describe, expect, it } from 'vitest';
import { createRegistry } from '../migration/index.ts';
import { nodeHost } from '../node/node-host.ts';
import { recordSource, type MigrationRecord } from '../source/index.ts';
import { splitStatements } from '../sql/index.ts';
import { toPlan, touchesOf, type PlanFrame } from './to-plan.ts';
import { applyPolicy } from './policy.ts';
import { buildStep, type Step } from './step.ts';

const frame: PlanFrame = {
  direction: 'up',
  from: 0,
  to: 1,
  fromLabel: undefined,
  toLabel: '1.0.0',
  problems: [],
  notes: ['a note'],
  guards: 'values',
};

function touches(text: string): Record<string, readonly string[]> {
  const { statements } = applyPolicy(splitStatements(text), { id: 'x', file: 'x', text, noTransaction: false });
  return Object.fromEntries(Object.entries(touchesOf(statements)).filter(([, names]) => names.length > 0));
}

function stepsOf(files: MigrationRecord): Step[] {
  return createRegistry(recordSource(files), nodeHost).migrations.map((migration) => {
    const definition = migration.kind === 'code' ? migration.load(true) : undefined;
    if (definition instanceof Promise) throw new Error('not at once');
    const { step, problems } = buildStep(
      { version: migration.version, direction: 'up' },
      { migration, definition, recorded: undefined, destructive: [] },
    );
    expect(problems).toEqual([]);
    return step!;
  });
}

const summaries = (text: string): string[] =>
  toPlan(stepsOf({ '001_a.sql': text }), frame).steps[0]!.statements.map((statement) => statement.summary);

describe('touchesOf', () => {
  it.each([
    ['CREATE TABLE a (x); CREATE INDEX i ON a (x); CREATE VIEW v AS SELECT 1', { creates: ['a', 'i', 'v'] }],
    ['ALTER TABLE a ADD COLUMN x; ALTER TABLE A DROP COLUMN y', { alters: ['A'] }],
    ['DROP TABLE a; DROP INDEX i', { drops: ['a', 'i'] }],
    ['INSERT INTO a VALUES (1); UPDATE a SET x = 2; DELETE FROM b', { writes: ['a', 'b'] }],
    // The rebuild that SQLite's documentation gives: new, copy, drop, rename.
    [
      'CREATE TABLE a_new (x); INSERT INTO a_new SELECT x FROM a; DROP TABLE a; ALTER TABLE a_new RENAME TO a',
      { rebuilds: ['a'] },
    ],
    // The other way round, and through a temporary table.
    ['DROP TABLE a; CREATE TABLE a (x)', { rebuilds: ['a'] }],
    ['DROP TABLE "A"; CREATE TABLE a (x); DROP TABLE a', { rebuilds: ['a'] }],
    ['CREATE TABLE t (x); INSERT INTO t VALUES (1); ALTER TABLE t ADD COLUMN y; DROP TABLE t', {}],
    ['ALTER TABLE a RENAME TO b', { alters: ['a'] }],
    // A skipped statement touches nothing.
    ['BEGIN; PRAGMA foreign_keys = OFF; COMMIT', {}],
  ])('%s', (text, expected) => {
    expect(touches(text)).toEqual(expected);
  });
});

describe('toPlan', () => {
  it('says in a line what each statement does', () => {
    expect(
      summaries(
        [
          'CREATE TABLE a (x)',
          'CREATE INDEX i ON a (x)',
          'DROP INDEX i',
          'ALTER TABLE a RENAME TO b',
          'ALTER TABLE b RENAME COLUMN x TO y',
          'ALTER TABLE b ADD COLUMN z',
          'ALTER TABLE b DROP COLUMN z',
          'ALTER TABLE b ADD CONSTRAINT c CHECK (y > 0)',
          'INSERT INTO b VALUES (1)',
          'INSERT OR REPLACE INTO b VALUES (1)',
          'UPDATE b SET y = 2',
          'DELETE FROM b',
          'ANALYZE\n  b',
        ].join(';\n'),
      ),
    ).toEqual([
      'creates table a',
      'creates index i: reads a once, other writers wait meanwhile',
      'drops index i',
      'renames table a to b',
      'renames column b.x to y',
      'adds column b.z',
      'drops column b.z: rewrites the table',
      'alters table b',
      'inserts rows into b',
      'inserts or replaces rows of b',
      'updates rows of b',
      'deletes rows of b',
      'ANALYZE b',
    ]);
    expect(summaries('-- dunlin: no-transaction\nVACUUM')).toEqual(['rewrites the whole database file']);
  });

  it('gives a plan as plain data, with groups that share a transaction', () => {
    const steps = stepsOf({
      '001_a.sql': `-- Description: makes a\n-- Schema-Version: 1.0.0\n-- dunlin: destructive a.x\n-- === UP MIGRATION ===\nBEGIN;\nCREATE TABLE a (x);\nCOMMIT;\n-- === DOWN MIGRATION ===\nDROP TABLE a;\n-- === VERIFY ===\n-- a is there\nSELECT 1;`,
      '002_b.js': { up: 'CREATE TABLE b (x)', description: 'makes b' },
      '003_c.sql': '-- dunlin: no-transaction\nVACUUM;',
      '004_d.sql': '-- dunlin: foreign-keys on\nDELETE FROM a;',
      '005_e.js': { up: () => undefined, down: () => undefined, destructive: true },
    });
    const plan = toPlan(steps, frame);
    expect(plan).toMatchObject({ ...frame, toLabel: '1.0.0' });
    expect(
      plan.steps.map((step) => [
        step.version,
        step.group,
        step.kind,
        step.transaction,
        step.foreignKeys,
        step.reversible,
        step.destructive,
      ]),
    ).toEqual([
      [1, 1, 'sql', true, false, true, ['a.x']],
      [2, 1, 'code', true, false, false, []],
      [3, 2, 'sql', false, false, false, []],
      [4, 3, 'sql', true, true, false, []],
      [5, 4, 'code', true, false, true, true],
    ]);
    expect(plan.steps[0]).toMatchObject({
      label: '1.0.0',
      description: 'makes a',
      verifications: ['a is there'],
      warnings: [],
      touches: { creates: ['a'] },
    });
    expect(
      plan.steps[0]?.statements.map(({ sql, action, reason, location }) => [sql, action, reason, location.line]),
    ).toEqual([
      ['BEGIN', 'skip', 'the run has a transaction of its own', 5],
      ['CREATE TABLE a (x)', 'run', undefined, 6],
      ['COMMIT', 'skip', 'the run has a transaction of its own', 7],
    ]);
    expect(plan.steps[4]?.statements).toEqual([]);
    // Plain data: nothing is lost when it is sent.
    expect(JSON.parse(JSON.stringify(plan.steps[1]))).toMatchObject({
      name: 'b',
      statements: [{ summary: 'creates table b' }],
    });
  });
});
