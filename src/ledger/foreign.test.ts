import { describe, expect, it } from 'vitest';
import { ownerOf } from './foreign.ts';
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
    [['version', 'dirty', 'more'], undefined],
    [[], undefined],
  ])('%j: %s', (columns, tool) => {
    expect(ownerOf(columns)).toEqual({ layout: undefined, tool });
  });

  it.each([standard, filename])('the layout $name', ({ name, columns }) => {
    expect(ownerOf(columns.map((column) => column.name))).toEqual({ layout: name, tool: undefined });
  });
});
