import { describe, expect, it } from 'vitest';
import type { Migration } from '../../migration/index.ts';
import { digitsOf, fileNameOf, keyOf, nameLike, toIsoTime } from './names.ts';

const migration = (file: string, kind: 'sql' | 'code' = 'sql'): Migration =>
  ({ file, kind, id: '7_tags', version: 7, name: 'tags' }) as Migration;

it('identities are compared without endings and leading zeros', () => {
  const same = [
    ['001_users.js', '001_users'],
    ['1_users.up.sql', '1_users'],
    ['0002', '2'],
    ['0', '0'],
    [' 1_a.cts', '1_a'],
  ];
  for (const [identity, key] of same) expect(keyOf(identity!)).toBe(key);
});

describe('the name of a file', () => {
  it.each([
    ['migrations/001_users.sql', '001_users.sql', '001'],
    ['C:\\app\\V2__roles.sql', 'V2__roles.sql', '2'],
    ['m/2026-01-02-030405_users/up.sql', '2026-01-02-030405_users', '20260102030405'],
    ['m/2026-01-02-030405-0000_users/up.sql', '2026-01-02-030405-0000_users', '202601020304050000'],
    ['m/2026-01-02-030405-x_users/up.sql', '2026-01-02-030405-x_users', '2026'],
    ['m/20260101000000_init/migration.sql', '20260101000000_init', '20260101000000'],
    ['m/2024-01-02_x.sql', '2024-01-02_x.sql', '20240102'],
    ['up.sql', 'up.sql', '7'],
    ['users.sql', 'users.sql', '7'],
    ['the given list', '7_tags.sql', '7'],
  ])('of %s', (file, name, digits) => {
    expect([fileNameOf(migration(file)), digitsOf(migration(file))]).toEqual([name, digits]);
  });

  it('of code', () => {
    expect(fileNameOf(migration('definition 7', 'code'))).toBe('7_tags.js');
  });
});

it.each([
  ['m/7_tags.sql', 'sql', undefined, '7_tags.js'],
  ['m/7_tags.sql', 'sql', '6_roles.ts', '7_tags.ts'],
  ['m/7_tags.sql', 'sql', '6_roles', '7_tags'],
  ['m/7_tags.ts', 'code', undefined, '7_tags.ts'],
  ['m/7_tags.ts', 'code', '6_roles.js', '7_tags.js'],
  ['m/7_tags/migration.ts', 'code', undefined, '7_tags'],
] as const)('the name of %s (%s) after %s is %s', (file, kind, last, name) => {
  expect(nameLike(migration(file, kind), last, '.js')).toBe(name);
});

it.each([
  [1_700_000_000, '2023-11-14T22:13:20.000Z'],
  [1_700_000_000_000, '2023-11-14T22:13:20.000Z'],
  ['2024-02-02 10:20:30', '2024-02-02T10:20:30.000Z'],
  ['2024-02-02 10:20:30.5', '2024-02-02T10:20:30.500Z'],
  ['2024-02-02T10:20:30+02:00', '2024-02-02T08:20:30.000Z'],
  ['yesterday', undefined],
  [null, undefined],
  [undefined, undefined],
])('the time %s is %s', (recorded, time) => {
  expect(toIsoTime(recorded)).toBe(time);
});
