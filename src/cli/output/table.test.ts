import { describe, expect, it } from 'vitest';
import { displayWidth, table, truncate, wrap } from './table.ts';

const infinite = { width: Number.POSITIVE_INFINITY };

describe('table', () => {
  const columns = [{ title: 'name', shrink: true }, { title: 'took', align: 'right' as const }, { title: '' }];

  it('makes columns as wide as they need, numbers right, and leaves no spaces at the end', () => {
    expect(
      table(
        columns,
        [
          ['users', '3 ms', ''],
          ['notes', '110 ms', 'slow'],
        ],
        infinite,
      ),
    ).toEqual(['  name     took', '  users    3 ms', '  notes  110 ms  slow']);
  });

  it('leaves out columns that are empty', () => {
    expect(table([{ title: 'a' }, { title: '' }, { title: 'b' }], [['1', '', '2']], infinite)).toEqual([
      '  a  b',
      '  1  2',
    ]);
  });

  it('cuts what may shrink, and only as much as it must', () => {
    const rows = [['a_very_long_name_of_a_migration', '3 ms', 'x']];
    const [, line] = table(columns, rows, { width: 30 });
    expect(line).toBe('  a_very_long_name_o…  3 ms  x');
    expect(displayWidth(line!)).toBeLessThanOrEqual(30);
    expect(table(columns, rows, { width: 80 })[1]).toContain('a_very_long_name_of_a_migration');
  });

  it('cuts no column below eight characters, even where the row then does not fit', () => {
    expect(table(columns, [['a_very_long_name', '3 ms', 'x']], { width: 10 })[1]).toBe('  a_very_…  3 ms  x');
  });

  it('counts columns of the terminal, not characters', () => {
    expect(
      table(
        [{ title: '' }, { title: '' }],
        [
          ['日本', 'x'],
          ['abcd', 'y'],
        ],
        infinite,
      ),
    ).toEqual(['  日本  x', '  abcd  y']);
  });

  it('has colours that change no widths', () => {
    const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;
    const lines = table([{ title: 'a' }, { title: 'b' }], [['x', 'y']], {
      ...infinite,
      title: red,
      style: (text, _row, column) => (column === 0 ? red(text) : text),
    });
    expect(lines).toEqual([`  ${red('a')}  ${red('b')}`, `  ${red('x')}  y`]);
  });
});

describe('truncate', () => {
  it('keeps whole characters', () => {
    expect(truncate('abcdef', 6)).toBe('abcdef');
    expect(truncate('abcdef', 4)).toBe('abc…');
    expect(truncate('日本語', 4)).toBe('日…');
    expect(truncate('👩‍👩‍👧abc', 3)).toBe('👩‍👩‍👧…');
  });
});

describe('wrap', () => {
  it('breaks at spaces and keeps the indentation', () => {
    expect(wrap('  one two three', 9)).toEqual(['  one two', '  three']);
  });

  it('keeps lines, long words and commands whole', () => {
    expect(wrap('a\n\nb', 10)).toEqual(['a', '', 'b']);
    expect(wrap('see /a/very/long/path now', 8)).toEqual(['see', '/a/very/long/path', 'now']);
    expect(wrap('run `dunlin repair 3 --accept`, then up', 12)).toEqual([
      'run',
      '`dunlin repair 3 --accept`,',
      'then up',
    ]);
    expect(wrap('X=1   what it is', 40)).toEqual(['X=1   what it is']);
    expect(wrap('say so:\n    -- dunlin: destructive users.email, orders', 20)).toEqual([
      'say so:',
      '    -- dunlin: destructive users.email, orders',
    ]);
  });
});
