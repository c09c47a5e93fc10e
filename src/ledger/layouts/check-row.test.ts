import { describe, expect, it } from 'vitest';
import { checkRow } from './check-row.ts';

const good = {
  version: 1,
  name: 'a',
  appliedAt: '2026-01-01T00:00:00.000Z',
  checksum: 'sha256:0',
  executionTimeMs: 5,
  schemaVersion: '1.0.0',
  textHash: 'sha256:1',
};

describe('checkRow', () => {
  it('takes a row as Dunlin writes it', () => {
    expect(checkRow('version 1', good)).toEqual({ ok: true, row: { ...good, upText: null, downText: null } });
    const bare = { ...good, executionTimeMs: null, schemaVersion: undefined, textHash: null };
    expect(checkRow('version 1', bare)).toMatchObject({
      ok: true,
      row: { executionTimeMs: null, schemaVersion: null, textHash: null },
    });
  });

  it.each([
    [{ version: '1' }, 'has a version that is not a positive whole number of at most 15 digits'],
    [{ version: null }, 'has a version that is not a positive whole number of at most 15 digits'],
    [{ version: 0 }, 'has a version that is not a positive whole number of at most 15 digits'],
    [{ version: -1 }, 'has a version that is not a positive whole number of at most 15 digits'],
    [{ version: 1.5 }, 'has a version that is not a positive whole number of at most 15 digits'],
    [{ version: 10n ** 18n }, 'has a version that is not a positive whole number of at most 15 digits'],
    [{ version: 1e15 }, 'has a version that is not a positive whole number of at most 15 digits'],
    [{ name: '' }, 'has no name'],
    [{ name: null }, 'has no name'],
    [{ appliedAt: 'yesterday' }, 'has no time in applied_at'],
    [{ appliedAt: 5 }, 'has no time in applied_at'],
    [{ checksum: '' }, 'has no checksum'],
    [{ checksum: undefined }, 'has no checksum'],
  ])('%o: %s', (change, fact) => {
    expect(checkRow('version 1', { ...good, ...change })).toEqual({ ok: false, label: 'version 1', fact });
  });
});
