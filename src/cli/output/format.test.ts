import { describe, expect, it } from 'vitest';
import { bytes, clockTime, duration, isoTime, migrationId, time, versionColumn, versionWithLabel } from './format.ts';

describe('duration', () => {
  it.each([
    [0, '0 ms'],
    [3.4, '3 ms'],
    [99, '99 ms'],
    [110, '0.11 s'],
    [1234, '1.2 s'],
    [12_300, '12 s'],
    [60_000, '1 min'],
    [245_000, '4 min 5 s'],
    [3_725_000, '1 h 2 min'],
  ])('%d ms is %s', (ms, text) => expect(duration(ms)).toBe(text));
});

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [4096, '4.1 kB'],
    [12_400_000, '12.4 MB'],
    [123_400_000, '123 MB'],
    [999_600, '1.0 MB'],
    [48_000_000_000, '48.0 GB'],
    [5e15, '5000 TB'],
  ])('%d is %s', (n, text) => expect(bytes(n)).toBe(text));
});

describe('times', () => {
  it('are local for people', () => {
    const local = new Date(2026, 9, 27, 12, 0, 1);
    expect(time(local.toISOString())).toBe('2026-10-27 12:00:01');
    expect(clockTime(local.toISOString())).toBe('12:00:01');
  });

  it('are UTC for machines, also what SQLite wrote', () => {
    expect(isoTime('2026-10-27 12:00:01')).toBe('2026-10-27T12:00:01.000Z');
    expect(isoTime('2026-10-27T12:00:01Z')).toBe('2026-10-27T12:00:01.000Z');
  });

  it('that cannot be read stay as they are', () => {
    expect(time('long ago')).toBe('long ago');
    expect(isoTime('long ago')).toBe('long ago');
    expect(clockTime('some time ago')).toBe('some time ago');
    expect(isoTime('003')).toBe('003');
    expect(isoTime('2026-13-45 00:00:00')).toBe('2026-13-45 00:00:00');
  });
});

it('writes versions as file names do', () => {
  expect(versionColumn({ version: 3 })).toBe('003');
  expect(versionColumn({ version: 20261121093000 })).toBe('20261121093000');
  expect(migrationId({ version: 3, name: 'add_user_roles' })).toBe('003_add_user_roles');
  expect(versionWithLabel(4, '1.1.0')).toBe('version 4 (1.1.0)');
  expect(versionWithLabel(4, undefined)).toBe('version 4');
});
