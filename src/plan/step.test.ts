import { describe, expect, it } from 'vitest';
import { createRegistry, type Migration, type MigrationDefinition } from '../migration/index.ts';
import { nodeHost } from '../node/node-host.ts';
import { recordSource } from '../source/index.ts';
import { buildStep, groupSteps, type Step, type StepSources } from './step.ts';

const migrationOf = (name: string, value: string | MigrationDefinition): Migration =>
  createRegistry(recordSource({ [name]: value }), nodeHost).migrations[0]!;

function built(
  direction: 'up' | 'down',
  name: string,
  value: string | MigrationDefinition,
  more: Partial<StepSources> = {},
): ReturnType<typeof buildStep> {
  const definition = typeof value === 'string' ? undefined : value;
  return buildStep(
    { version: 1, direction },
    { migration: migrationOf(name, value), definition, recorded: undefined, destructive: [], ...more },
  );
}

const messagesOf = ({ problems }: ReturnType<typeof buildStep>): string[] => problems.map((problem) => problem.message);
const sections = (up: string, down: string): string =>
  `-- === UP MIGRATION ===\n${up}\n-- === DOWN MIGRATION ===\n${down}\n-- === VERIFY ===\nSELECT 1;`;

describe('buildStep', () => {
  it('takes the section of the direction, and verifies only upwards', () => {
    const text = sections('SELECT 1;', 'SELECT 2;');
    const up = built('up', '001_a.sql', text).step;
    const down = built('down', '001_a.sql', text).step;
    expect([up?.statements[0]?.statement.sql, up?.verify.length]).toEqual(['SELECT 1', 1]);
    expect([down?.statements[0]?.statement.sql, down?.verify.length]).toEqual(['SELECT 2', 0]);
    expect(up).toMatchObject({ id: '001_a', file: '001_a.sql', direction: 'up', transaction: true, reversible: true });
  });

  it('refuses to roll back a migration without DOWN', () => {
    expect(messagesOf(built('down', '001_a.sql', 'SELECT 1'))).toEqual([
      '001_a cannot be rolled back: it has no DOWN part.',
    ]);
    expect(messagesOf(built('down', '001_a.sql', sections('SELECT 1;', '')))).toEqual([
      '001_a cannot be rolled back: its DOWN part is empty.',
    ]);
    expect(messagesOf(built('down', '001_a.js', { up: 'SELECT 1' }))).toEqual([
      '001_a cannot be rolled back: it has no down() function.',
    ]);
    const { problems } = built('down', '001_a.sql', 'SELECT 1');
    expect(problems[0]?.hint).toBe(
      'Nothing was changed. Write a DOWN part in 001_a.sql, or make a new migration that undoes it.',
    );
    expect(built('up', '001_a.sql', sections('SELECT 1;', '')).step?.warnings).toEqual([
      'its DOWN part is empty: it cannot be rolled back',
    ]);
  });

  it('takes a migration whose file is gone back with the recorded DOWN part', () => {
    const recorded = { name: 'a', label: '1.0.0', upText: 'SELECT 1', downText: 'DROP TABLE a;' };
    const { step } = buildStep(
      { version: 1, direction: 'down' },
      { migration: undefined, definition: undefined, recorded, destructive: ['a'] },
    );
    expect(step).toMatchObject({
      id: '1 a',
      file: 'the recorded DOWN part of 1 a',
      label: '1.0.0',
      destructive: ['a'],
      text: 'DROP TABLE a;',
    });
    const none = {
      migration: undefined,
      definition: undefined,
      recorded: { ...recorded, downText: null },
      destructive: [],
    };
    expect(messagesOf(buildStep({ version: 1, direction: 'down' }, none))).toEqual([
      '1 a cannot be rolled back: its file is gone or was edited, and no DOWN part was recorded when it ran.',
    ]);
    expect(messagesOf(buildStep({ version: 1, direction: 'up' }, { ...none, recorded: undefined }))[0]).toMatch(
      /^1 cannot be rolled back/,
    );
    const bad = { ...none, recorded: { ...recorded, downText: 'COMMIT' } };
    expect(buildStep({ version: 1, direction: 'down' }, bad).problems[0]?.code).toBe('TRANSACTION_CONTROL');
  });

  it('merges the losses that the file and the options declare', () => {
    const text = '-- dunlin: destructive a\nSELECT 1';
    expect(built('up', '001_a.sql', text, { destructive: ['b'] }).step?.destructive).toEqual(['a', 'b']);
    expect(built('up', '001_a.sql', text, { destructive: true }).step?.destructive).toBe(true);
    expect(built('up', '001_a.js', { up: 'SELECT 1', destructive: true }).step?.destructive).toBe(true);
    expect(built('up', '001_a.js', { up: 'SELECT 1', destructive: false }).step?.destructive).toEqual([]);
    expect(built('up', '001_a.js', { up: 'SELECT 1', destructive: ['a'] }).step?.destructive).toEqual(['a']);
  });

  it('takes functions or texts from code', () => {
    const up = (): void => undefined;
    const verify = (): boolean => true;
    const code = built('up', '001_a.js', {
      up,
      down: 'SELECT 2',
      verify,
      foreignKeys: true,
      schemaVersion: '1.0.0',
    }).step;
    expect(code).toMatchObject({
      run: up,
      verifyFunction: verify,
      statements: [],
      foreignKeys: true,
      label: '1.0.0',
      reversible: true,
    });
    const down = built('down', '001_a.js', { up, down: 'SELECT 2', verify }).step;
    expect([down?.run, down?.verifyFunction, down?.statements.length, down?.text]).toEqual([
      undefined,
      undefined,
      1,
      'SELECT 2',
    ]);
    expect(() => built('up', '001_a.js', { up }, { definition: undefined })).toThrow(TypeError);
  });

  it('reports every problem of a file, with its migration', () => {
    const { problems } = built('up', '001_a.sql', 'COMMIT;\nVACUUM;');
    expect(problems.map((problem) => [problem.code, problem.migration])).toEqual([
      ['TRANSACTION_CONTROL', { version: 1, name: 'a' }],
      ['NEEDS_NO_TRANSACTION', { version: 1, name: 'a' }],
    ]);
    const broken = built('up', '001_a.sql', '-- dunlin: destructiv\n-- dunlin: no-transactio\nSELECT 1');
    expect(broken.step).toBeUndefined();
    expect(broken.problems.map((problem) => problem.code)).toEqual(['DIRECTIVE_UNKNOWN', 'DIRECTIVE_UNKNOWN']);
  });
});

describe('groupSteps', () => {
  const step = (version: number, more: Partial<Step> = {}): Step => ({
    ...built('up', '001_a.sql', 'SELECT 1').step!,
    version,
    ...more,
  });

  it('puts a step outside a transaction, or with foreign keys on, apart', () => {
    const steps = [
      step(1),
      step(2),
      step(3, { transaction: false }),
      step(4, { foreignKeys: true }),
      step(5, { foreignKeys: true }),
      step(6),
      step(7),
    ];
    expect(
      groupSteps(steps).map((group) => [
        group.steps.map(({ version }) => version),
        group.transaction,
        group.foreignKeys,
      ]),
    ).toEqual([
      [[1, 2], true, false],
      [[3], false, false],
      [[4], true, true],
      [[5], true, true],
      [[6, 7], true, false],
    ]);
    expect(groupSteps([])).toEqual([]);
  });
});
