import { describe, expect, it } from 'vitest';
import { dunlinError } from '../errors/index.ts';
import type { AppliedMigration } from '../ledger/index.ts';
import { createRegistry, type Registry } from '../migration/index.ts';
import { nodeHost } from '../node/node-host.ts';
import { recordSource } from '../source/index.ts';
import { compare } from './compare-applied.ts';
import type { Comparison } from './types.ts';
import { highest, labelOf, remaining, selectMoves, type Goal, type Move } from './select-moves.ts';

const registryOf = (versions: readonly number[]): Registry =>
  createRegistry(
    recordSource(Object.fromEntries(versions.map((version) => [`${version}_m.sql`, `SELECT ${version}`]))),
    nodeHost,
  );

function row(version: number, more: Partial<AppliedMigration> = {}): AppliedMigration {
  const textHash = registryOf([version]).migrations[0]!.textHash;
  const nothing = { executionTimeMs: null, schemaVersion: null, upText: null, downText: null };
  return { version, name: 'm', appliedAt: '2026-01-01T00:00:00.000Z', checksum: 'x', textHash, ...nothing, ...more };
}

function held(
  here: readonly number[],
  applied: readonly AppliedMigration[],
): { registry: Registry; comparison: Comparison } {
  const registry = registryOf(here);
  const state = {
    exists: { migrations: true, attempts: true, records: true },
    applied,
    problems: [],
    schemaVersion: undefined,
  };
  return { registry, comparison: compare(registry, state, { database: 'app.db', outOfOrder: 'error', semver: false }) };
}

/** The moves as `+3 -2`, or the codes of the problems. */
function moves(goal: Goal, here: readonly number[], applied: readonly (number | AppliedMigration)[]): string {
  const rows = applied.map((entry) => (typeof entry === 'number' ? row(entry) : entry));
  const { registry, comparison } = held(here, rows);
  const selection = selectMoves(goal, registry, comparison);
  const text = selection.moves.map((move) => `${move.direction === 'up' ? '+' : '-'}${move.version}`).join(' ');
  return [text, ...selection.problems.map((problem) => problem.code)].filter((part) => part !== '').join(' ');
}

describe('select', () => {
  it.each<[Goal, number[], number[], string]>([
    [{ kind: 'up' }, [1, 2, 3], [], '+1 +2 +3'],
    [{ kind: 'up' }, [1, 2, 3], [1, 2], '+3'],
    [{ kind: 'up' }, [1, 2, 3], [1, 2, 3], ''],
    [{ kind: 'up', to: 2 }, [1, 2, 3], [], '+1 +2'],
    [{ kind: 'up', steps: 1 }, [1, 2, 3], [1], '+2'],
    [{ kind: 'up', steps: 0 }, [1, 2], [], ''],
    [{ kind: 'up', steps: 9 }, [1, 2], [], '+1 +2'],
    [{ kind: 'up', to: 9 }, [1, 2], [], 'VERSION_UNKNOWN'],
    [{ kind: 'down' }, [1, 2, 3], [1, 2, 3], '-3'],
    [{ kind: 'down' }, [1, 2, 3], [], ''],
    [{ kind: 'down', steps: 2 }, [1, 2, 3], [1, 2, 3], '-3 -2'],
    [{ kind: 'down', steps: 0 }, [1], [1], ''],
    [{ kind: 'down', to: 1 }, [1, 2, 3], [1, 2, 3], '-3 -2'],
    [{ kind: 'down', to: 0 }, [1, 2, 3], [1, 2, 3], '-3 -2 -1'],
    [{ kind: 'down', to: 7 }, [1, 2], [1, 2], 'VERSION_UNKNOWN'],
    [{ kind: 'to', version: 2 }, [1, 2, 3], [], '+1 +2'],
    [{ kind: 'to', version: 2 }, [1, 2, 3], [1, 2, 3], '-3'],
    [{ kind: 'to', version: 2 }, [1, 2, 3], [1, 2], ''],
    [{ kind: 'to', version: 0 }, [1, 2], [1, 2], '-2 -1'],
    [{ kind: 'to', version: 5 }, [1, 2], [1, 2], 'VERSION_UNKNOWN'],
    // Down and up at once, which needs the order to be waived.
    [{ kind: 'to', version: 2 }, [1, 2, 3], [1, 3], '-3 +2 OUT_OF_ORDER'],
    [{ kind: 'redo' }, [1, 2], [1, 2], '-2 +2'],
    [{ kind: 'redo' }, [1, 2], [], ''],
    [{ kind: 'only', version: 2, direction: 'up' }, [1, 2, 3], [1], '+2'],
    [{ kind: 'only', version: 1, direction: 'down' }, [1, 2], [1, 2], '-1'],
    [{ kind: 'only', version: 4, direction: 'up' }, [1, 2], [], 'VERSION_UNKNOWN'],
    // Applying needs everything in order; rolling back does not.
    [{ kind: 'up' }, [1, 2, 3], [1, 3], '+2 OUT_OF_ORDER'],
    [{ kind: 'down' }, [1, 2, 3], [1, 3], '-3'],
    [{ kind: 'up' }, [2, 3], [1, 2], '+3 MIGRATION_MISSING'],
    [{ kind: 'down', steps: 2 }, [2, 3], [1, 2], '-2 -1'],
    [{ kind: 'up' }, [1], [1, 2], 'DATABASE_AHEAD'],
    [{ kind: 'down' }, [1], [1, 2], '-2'],
    // A version that is only applied is known, too.
    [{ kind: 'to', version: 2 }, [1], [1, 2], ''],
  ])('%j of %j with %j applied: %s', (goal, here, applied, expected) => {
    expect(moves(goal, here, applied)).toBe(expected);
  });

  it('leaves an edited SQL file to what was recorded', () => {
    const edited = row(1, { textHash: 'sha256:other', checksum: 'sha256:other' });
    expect(moves({ kind: 'down' }, [1, 2], [edited, row(2)])).toBe('-2');
    expect(moves({ kind: 'down', to: 0 }, [1, 2], [edited, row(2)])).toBe('-2 -1');
    // Twice the same migration, once the problem.
    expect(moves({ kind: 'redo' }, [1], [edited])).toBe('-1 +1');
  });

  it('keeps the problems of damaged tables in every direction', () => {
    const registry = registryOf([1]);
    const damage = dunlinError('LEDGER_ROW_DAMAGED', { table: 't', row: 'x', fact: 'y' });
    const state = {
      exists: { migrations: true, attempts: true, records: true },
      applied: [],
      problems: [damage],
      schemaVersion: undefined,
    };
    const comparison = compare(registry, state, { database: 'd', outOfOrder: 'error', semver: false });
    expect(selectMoves({ kind: 'up' }, registry, comparison).problems).toEqual([damage]);
    expect(selectMoves({ kind: 'down' }, registry, comparison).problems).toEqual([damage]);
  });
});

describe('remaining', () => {
  const up = (version: number): Move => ({ version, direction: 'up' });
  const down = (version: number): Move => ({ version, direction: 'down' });

  it('leaves out what another process did meanwhile', () => {
    expect(remaining([up(1), up(2), up(3)], new Set([1, 2]))).toEqual([up(3)]);
    expect(remaining([down(3), down(2)], new Set([1, 2]))).toEqual([down(2)]);
    expect(remaining([up(1)], new Set([1]))).toEqual([]);
  });

  it('selects each move as if those before it had been made', () => {
    expect(remaining([down(2), up(2)], new Set([1, 2]))).toEqual([down(2), up(2)]);
    // Rolled back by another process: only the way up is left.
    expect(remaining([down(2), up(2)], new Set([1]))).toEqual([up(2)]);
  });
});

describe('highest and labelOf', () => {
  it('find the newest', () => {
    expect(highest([])).toBe(0);
    expect(highest([2, 20, 3])).toBe(20);
    const rows = [row(1, { schemaVersion: '1.0.0' }), row(3), row(2, { schemaVersion: '1.1.0' })];
    expect(labelOf(new Map(rows.map((entry) => [entry.version, entry])))).toBe('1.1.0');
    expect(labelOf(new Map())).toBeUndefined();
  });
});
