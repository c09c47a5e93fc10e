import { describe, expect, it } from 'vitest';
import { codeFrame } from './code-frame.ts';
import { colors } from './color.ts';

const plain = { colors: colors(false), width: 80 };

describe('codeFrame', () => {
  it('shows the lines around and a caret under the column', () => {
    const source = '-- every user\nUPDATE users\n  SET email = lower(emial);\nSELECT 1;\nSELECT 2;\nSELECT 3;\n';
    expect(codeFrame(source, 3, 21, { ...plain, label: 'no such column: emial' })).toEqual([
      '    1 | -- every user',
      '    2 | UPDATE users',
      '  > 3 |   SET email = lower(emial);',
      '      |                     ^ no such column: emial',
      '    4 | SELECT 1;',
      '    5 | SELECT 2;',
    ]);
  });

  it('lines up line numbers of several digits', () => {
    const source = Array.from({ length: 12 }, (_, i) => `line ${i + 1}`).join('\n');
    expect(codeFrame(source, 10, 1, plain)).toEqual([
      '     8 | line 8',
      '     9 | line 9',
      '  > 10 | line 10',
      '       | ^',
      '    11 | line 11',
      '    12 | line 12',
    ]);
  });

  it('puts the caret where the terminal puts the text: tabs and wide characters', () => {
    expect(codeFrame("\tINSERT '日本' oops", 1, 14, plain)).toEqual([
      "  > 1 |   INSERT '日本' oops",
      '      |                 ^',
    ]);
  });

  it('shows control characters as such', () => {
    expect(codeFrame('a\u001b[31mb', 1, 2, plain)[0]).toBe('  > 1 | a�[31mb');
  });

  it('shows a long line from near the caret', () => {
    const source = `${'x'.repeat(200)}HERE${'y'.repeat(200)}`;
    const [line, caret] = codeFrame(source, 1, 201, { ...plain, width: 60 });
    expect(line!.length).toBeLessThanOrEqual(60);
    expect(line).toContain('HERE');
    expect(line!.indexOf('HERE')).toBe(caret!.indexOf('^'));
    expect(codeFrame(source, 1, 201, { ...plain, width: Number.POSITIVE_INFINITY })[0]).toContain('yyyHERE'.slice(3));
  });

  it('survives a place after the end', () => {
    expect(codeFrame('SELECT 1', 3, 1, plain)).toEqual(['    1 | SELECT 1']);
  });
});
