import { describe, expect, it } from 'vitest';
import { ownerOf, versionIn } from './foreign.ts';
import { filename } from './layouts/filename.ts';
import { standard } from './layouts/standard.ts';

describe('ownerOf', () => {
  it.each([
    [['version', 'dirty'], 'golang-migrate'],
    [['Dirty', 'VERSION'], 'golang-migrate'],
    [['version'], 'dbmate or Rails'],
    [['id', 'name', 'up', 'down'], 'node-sqlite'],
    [['id', 'timestamp', 'name'], 'TypeORM'],
    [['id', 'name', 'run_on'], 'db-migrate'],
    [['version', 'name', 'md5', 'run_at'], 'postgrator'],
    [filename.columns.map((column) => column.name), "Dunlin's filename layout"],
    [standard.columns.map((column) => column.name), "Dunlin's standard layout"],
    [['version', 'dirty', 'more'], undefined],
    [[], undefined],
  ])('%j: %s', (columns, tool) => {
    expect(ownerOf(columns)).toBe(tool);
  });
});

describe('versionIn', () => {
  it.each([
    ['20240101120000_create_users', 20240101120000],
    ['002_roles.js', 2],
    ['V5__roles', 5],
    ['5', 5],
    ['0000_init', undefined],
    ['users.0002_roles', undefined],
    ['ae1027a6acf', undefined],
    ['1234567890123456', undefined],
    [undefined, undefined],
  ])('%s: %s', (name, version) => {
    expect(versionIn(name)).toBe(version);
  });
});
