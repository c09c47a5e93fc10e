import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BackupOptions } from './options.ts';
import { expired, type Kept } from './retention.ts';

const day = 86_400_000;
const now = Date.parse('2026-11-21T12:00:00.000Z');

/** Backups of one a day, newest first. */
function backups(count: number, more: (index: number) => Partial<Kept> = () => ({})): Kept[] {
  return Array.from({ length: count }, (_, index) => {
    const createdAt = new Date(now - index * day).toISOString();
    return { id: createdAt, createdAt, bytes: 10, needed: false, series: undefined, ...more(index) };
  });
}

const gone = (list: readonly Kept[], retention: BackupOptions, databaseBytes = 10): number[] => {
  const out = expired(list, retention, databaseBytes, now);
  return list.flatMap((backup, index) => (out.includes(backup) ? [index] : []));
};

describe('expired', () => {
  it('keeps five by default', () => {
    expect(gone(backups(7), { maxBytes: 1000 })).toEqual([5, 6]);
    expect(gone(backups(5), { maxBytes: 1000 })).toEqual([]);
  });

  it('by default keeps no more than four times the database, or the largest of its backups', () => {
    expect(gone(backups(5), {})).toEqual([4]);
    expect(gone(backups(5), {}, 100)).toEqual([]);
    expect(
      gone(
        backups(3, (index) => ({ bytes: index === 2 ? 1000 : 10 })),
        {},
      ),
    ).toEqual([]);
  });

  it('looks at age and bytes', () => {
    expect(gone(backups(5), { maxAgeDays: 2, maxBytes: 1000 })).toEqual([3, 4]);
    expect(gone(backups(5), { maxBytes: 25 })).toEqual([2, 3, 4]);
  });

  it('keeps the newest, whatever it weighs and however old it is', () => {
    expect(
      gone(
        backups(1, () => ({ bytes: 1e12, createdAt: '2000-01-01T00:00:00.000Z' })),
        { keep: 1, maxBytes: 1, maxAgeDays: 1 },
      ),
    ).toEqual([]);
  });

  it('keeps the first and the last of a series that nothing interrupts', () => {
    const series = (names: string): number[] =>
      gone(
        backups(names.length, (index) => ({ series: names[index] === '-' ? undefined : names[index] })),
        { keep: 99, maxBytes: 1e9 },
      );
    expect(series('aaaab')).toEqual([1, 2]);
    expect(series('aabaa')).toEqual([]);
    expect(series('-----')).toEqual([]);
    expect(series('baaa')).toEqual([2]);
  });

  it('never breaks its promises', () => {
    const kept = fc.record({
      minutes: fc.integer({ min: 0, max: 100_000 }),
      bytes: fc.integer({ min: 0, max: 1000 }),
      needed: fc.boolean(),
      series: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
    });
    const limits = fc.record(
      {
        keep: fc.integer({ min: 1, max: 8 }),
        maxAgeDays: fc.integer({ min: 0, max: 60 }),
        maxBytes: fc.integer({ min: 0, max: 4000 }),
      },
      { requiredKeys: [] },
    );
    const lists = fc.uniqueArray(kept, { selector: ({ minutes }) => minutes, maxLength: 14 });
    fc.assert(
      fc.property(lists, limits, fc.integer({ min: 1, max: 1000 }), (list, retention, databaseBytes) => {
        const all = list.map(({ minutes, ...rest }) => {
          const createdAt = new Date(now - minutes * 60_000).toISOString();
          return { id: createdAt, createdAt, ...rest };
        });
        const out = expired(all, retention, databaseBytes, now);
        const left = all.filter((backup) => !out.includes(backup)).toSorted((a, b) => (a.id < b.id ? 1 : -1));
        const newest = all.toSorted((a, b) => (a.id < b.id ? 1 : -1))[0];
        if (newest !== undefined) expect(left[0]).toBe(newest);
        for (const backup of all.filter(({ needed }) => needed)) expect(left).toContain(backup);
        // Each that stays, and need not, was within every limit together with those that are newer.
        const maxBytes = retention.maxBytes ?? 4 * Math.max(databaseBytes, ...all.map(({ bytes }) => bytes));
        for (const [index, backup] of left.entries()) {
          if (index === 0 || backup.needed) continue;
          expect(index).toBeLessThan(retention.keep ?? 5);
          expect(left.slice(0, index + 1).reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(maxBytes);
          if (retention.maxAgeDays !== undefined)
            expect(Date.parse(backup.createdAt)).toBeGreaterThanOrEqual(now - retention.maxAgeDays * day);
        }
        // What is gone has a reason.
        if (retention.keep === undefined && retention.maxAgeDays === undefined && all.length <= 5 && maxBytes >= 5000)
          expect(out.every(({ series }) => series !== undefined)).toBe(true);
      }),
      { numRuns: 1000, seed: 20_261_121 },
    );
  });
});
