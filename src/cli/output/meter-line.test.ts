import { describe, expect, it } from 'vitest';
import { meterLine, type BackupSoFar } from './meter-line.ts';

const copying = (done: number, copyMs: number, total = 1e9): BackupSoFar => ({
  done,
  total,
  copyMs,
  proofMs: undefined,
});
const proving = (proofMs: number): BackupSoFar => ({ done: 9.6e8, total: 1e9, copyMs: 8_000, proofMs });

describe('the line of a backup', () => {
  it.each([
    // The estimate waits until there is a pace to go by.
    [copying(0, 0), '  backup  [..........]   0 %  0 B of 1.0 GB'],
    [copying(0, 5_000), '  backup  [..........]   0 %  0 B of 1.0 GB'],
    [copying(2e7, 200), '  backup  [..........]   1 %  20.0 MB of 1.0 GB'],
    [copying(5.8e8, 5_000), '  backup  [###.......]  28 %  580 MB of 1.0 GB, 12 s left'],
    [copying(1e9, 8_000), '  backup  [#####.....]  50 %  1.0 GB of 1.0 GB, 8 s left'],
    [proving(0), '  backup  [#####.....]  50 %  proving 960 MB, 8 s left'],
    [proving(6_000), '  backup  [#########.]  87 %  proving 960 MB, 2 s left'],
    // It takes longer than was thought.
    [proving(9_000), '  backup  [##########]  99 %  proving 960 MB, 1 s left'],
    [{ ...copying(0, 400), total: 0 }, '  backup  [..........]   0 %  0 B of 0 B'],
  ])('at 60 columns: %o', (soFar, line) => {
    expect(meterLine(soFar, 60)).toBe(line);
  });

  it('has a longer bar where there is room, none where there is little, and is cut before it wraps', () => {
    const soFar = copying(1.2e10, 245_000, 4e10);
    expect(meterLine(soFar, 100)).toBe('  backup  [###.................]  15 %  12.0 GB of 40.0 GB, 23 min 8 s left');
    expect(meterLine(soFar, 60)).toBe('  backup  15 %  12.0 GB of 40.0 GB, 23 min 8 s left');
    expect(meterLine(soFar, 30)).toBe('  backup  15 %  12.0 GB of 40');
    for (let width = 20; width < 120; width++) expect(meterLine(soFar, width).length).toBeLessThan(width);
  });
});
