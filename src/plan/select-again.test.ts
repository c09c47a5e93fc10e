import { describe, expect, it } from 'vitest';
import { createRegistry, type Registry } from '../migration/index.ts';
import { nodeHost } from '../node/node-host.ts';
import { recordSource } from '../source/index.ts';
import { compare } from './compare-applied.ts';
import type { Comparison } from './types.ts';
import { selectMoves, type Goal, type Move } from './select-moves.ts';
import { commandOf, remainingGoal, selectAgain } from './select-again.ts';

const registry: Registry = createRegistry(
  recordSource(Object.fromEntries([1, 2, 3, 4, 5].map((version) => [`${version}_m.sql`, `SELECT ${version}`]))),
  nodeHost,
);

function comparisonOf(applied: readonly number[], outOfOrder: 'allow' | 'error' = 'allow'): Comparison {
  const rows = applied.map((version) => ({
    version,
    name: 'm',
    appliedAt: '2026-01-01T00:00:00.000Z',
    checksum: null,
    textHash: registry.get(version)?.textHash ?? null,
    executionTimeMs: null,
    schemaVersion: null,
    upText: null,
    downText: null,
  }));
  const exists = { migrations: true, attempts: true, records: true };
  const state = { exists, applied: rows, problems: [], schemaVersion: undefined };
  return compare(registry, state, { database: 'app.db', outOfOrder, semver: false });
}

const shown = (moves: readonly Move[]): string =>
  moves.map((move) => `${move.direction === 'up' ? '+' : '-'}${move.version}`).join(' ');

/** Plans with some migrations applied, and selects again with others: what is still due, or what changed. */
function again(goal: Goal, before: readonly number[], after: readonly number[], done = 0): string {
  const planned = selectMoves(goal, registry, comparisonOf(before)).moves;
  const found = selectAgain(remainingGoal(goal, done), planned.slice(done), registry, comparisonOf(after));
  return found.changed ? `changed: ${shown(found.now)}` : shown(found.due);
}

describe('selectAgain', () => {
  it.each<[Goal, number[], number[], string]>([
    [{ kind: 'up' }, [1, 2], [1, 2], '+3 +4 +5'],
    [{ kind: 'up' }, [1, 2], [1, 2, 3], '+4 +5'],
    [{ kind: 'up' }, [1, 2], [1, 2, 3, 4, 5], ''],
    [{ kind: 'up', to: 4 }, [1, 2], [1, 2, 3], '+4'],
    [{ kind: 'up', steps: 2 }, [1, 2], [1, 2, 3], '+4'],
    [{ kind: 'up', steps: 1 }, [1, 2], [1, 2, 3], ''],
    // Applied in any order by a process that allows it.
    [{ kind: 'up' }, [1, 2], [1, 2, 4], '+3 +5'],
    [{ kind: 'to', version: 4 }, [1, 2], [1, 2, 3], '+4'],
    [{ kind: 'to', version: 4 }, [1, 2], [1, 2, 3, 4], ''],
  ])('%j continues with what another process has left: %j, then %j', (goal, before, after, due) => {
    expect(again(goal, before, after)).toBe(due);
  });

  it.each<[Goal, number[], number[], string]>([
    [{ kind: 'up' }, [1, 2], [1], 'changed: +2 +3 +4 +5'],
    [{ kind: 'up' }, [1, 2, 3, 4], [], 'changed: +1 +2 +3 +4 +5'],
    [{ kind: 'up', steps: 1 }, [1, 2], [1], 'changed: +2'],
    [{ kind: 'up', to: 3 }, [1, 2], [1], 'changed: +2 +3'],
    [{ kind: 'to', version: 4 }, [1, 2], [1], 'changed: +2 +3 +4'],
    [{ kind: 'to', version: 4 }, [1, 2], [1, 2, 3, 4, 5], 'changed: -5'],
  ])('%j would leave a gap, or go too far: %j, then %j', (goal, before, after, found) => {
    expect(again(goal, before, after)).toBe(found);
  });

  it.each<[Goal, number[], number[], string]>([
    [{ kind: 'down' }, [1, 2, 3], [1, 2, 3], '-3'],
    [{ kind: 'down' }, [1, 2, 3], [1, 2, 3, 4], 'changed: -4'],
    [{ kind: 'down' }, [1, 2, 3], [1, 2], 'changed: -2'],
    [{ kind: 'down' }, [1], [], 'changed: '],
    [{ kind: 'down', steps: 2 }, [1, 2, 3], [1, 2, 3, 4], 'changed: -4 -3'],
    [{ kind: 'down', to: 1 }, [1, 2, 3], [1, 2, 3, 4], 'changed: -4 -3 -2'],
    [{ kind: 'down', to: 1 }, [1, 2, 3], [1, 2], 'changed: -2'],
    [{ kind: 'down', to: 1 }, [1, 2, 3], [1], 'changed: '],
    [{ kind: 'down', to: 0 }, [1, 2, 3], [1, 2, 3, 5], 'changed: -5 -3 -2 -1'],
    [{ kind: 'to', version: 2 }, [1, 2, 3], [1, 2, 3], '-3'],
    [{ kind: 'to', version: 2 }, [1, 2, 3], [1, 2, 3, 4], 'changed: -4 -3'],
    [{ kind: 'to', version: 2 }, [1, 2, 3], [1], 'changed: +2'],
    [{ kind: 'to', version: 3 }, [1, 2, 4], [1, 2, 4], '-4 +3'],
    [{ kind: 'to', version: 3 }, [1, 2, 4], [1, 2, 3, 4], 'changed: -4'],
    [{ kind: 'redo' }, [1, 2, 3], [1, 2, 3], '-3 +3'],
    [{ kind: 'redo' }, [1, 2, 3], [1, 2, 3, 4], 'changed: -4 +4'],
    [{ kind: 'redo' }, [1, 2, 3], [1, 2], 'changed: -2 +2'],
    // Nothing that the moves depend on.
    [{ kind: 'down' }, [1, 3], [1, 2, 3], '-3'],
    [{ kind: 'only', version: 3, direction: 'down' }, [1, 3, 5], [1, 3, 5], '-3'],
    [{ kind: 'only', version: 3, direction: 'up' }, [1, 5], [1, 5], '+3'],
  ])('%j is exactly what was planned, or nothing: %j, then %j', (goal, before, after, found) => {
    expect(again(goal, before, after)).toBe(found);
  });

  it.each<[Goal, number[], number, number[], string]>([
    [{ kind: 'down', steps: 3 }, [1, 2, 3, 4], 1, [1, 2, 3], '-3 -2'],
    [{ kind: 'down', steps: 3 }, [1, 2, 3, 4], 1, [1, 2, 3, 4], 'changed: -4 -3'],
    [{ kind: 'down', steps: 3 }, [1, 2, 3, 4], 1, [1, 2], 'changed: -2 -1'],
    [{ kind: 'down', to: 0 }, [1, 2, 3], 2, [1], '-1'],
    [{ kind: 'down', to: 0 }, [1, 2, 3], 2, [1, 2], 'changed: -2 -1'],
    [{ kind: 'to', version: 1 }, [1, 2, 3], 1, [1, 2, 3], 'changed: -3 -2'],
    [{ kind: 'to', version: 3 }, [1, 2, 4], 1, [1, 2], '+3'],
    [{ kind: 'up', steps: 2 }, [1], 1, [1, 2], '+3'],
    [{ kind: 'up', steps: 2 }, [1], 1, [1], 'changed: +2'],
    [{ kind: 'up', steps: 2 }, [1], 1, [1, 2, 3], ''],
  ])('%j with %j applied, after %d moves with %j applied', (goal, before, done, after, found) => {
    expect(again(goal, before, after, done)).toBe(found);
  });

  it('has the problems of what is applied now', () => {
    const goal: Goal = { kind: 'up' };
    const planned = selectMoves(goal, registry, comparisonOf([1, 2])).moves;
    const found = selectAgain(goal, planned, registry, comparisonOf([1, 2, 4], 'error'));
    expect(found.problems.map(({ code }) => code)).toEqual(['OUT_OF_ORDER']);
  });
});

it.each<[Goal, string]>([
  [{ kind: 'up' }, 'up'],
  [{ kind: 'up', to: 3 }, 'up --to 3'],
  [{ kind: 'down', steps: 2 }, 'down --steps 2'],
  [{ kind: 'down', to: 0 }, 'down --to 0'],
  [{ kind: 'to', version: 4 }, 'to 4'],
  [{ kind: 'redo' }, 'redo'],
  [{ kind: 'only', version: 4, direction: 'up' }, 'try 4'],
])('the command of %j is `dunlin %s`', (goal, command) => expect(commandOf(goal)).toBe(command));
