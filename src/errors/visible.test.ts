import { expect, it } from 'vitest';
import { DunlinError } from './error.ts';
import { visible } from './visible.ts';

it.each([
  ['ESC', 'a\x1b[2Jb', 'a\\u001b[2Jb'],
  ['BEL', 'a\x07', 'a\\u0007'],
  ['a lone CR', 'safe\rrm -rf', 'safe\\u000drm -rf'],
  ['backspace', 'a\b\b', 'a\\u0008\\u0008'],
  ['NUL', 'a\0', 'a\\u0000'],
  ['a vertical tab and a form feed', '\v\f', '\\u000b\\u000c'],
  ['DEL', 'a\x7f', 'a\\u007f'],
  ['the CSI of C1', 'a\x9b31m', 'a\\u009b31m'],
  ['the next line of C1', 'a\x85b', 'a\\u0085b'],
  ['a right-to-left override', 'gpj.\u202eexe', 'gpj.\\u202eexe'],
  ['an isolate, and its end', '\u2067x\u2069', '\\u2067x\\u2069'],
  ['marks', '\u200e\u200f\u061c', '\\u200e\\u200f\\u061c'],
])('%s is shown as an escape', (_what, text, expected) => {
  expect(visible(text)).toBe(expected);
  expect(visible(expected)).toBe(expected);
});

it.each(['plain', 'two\nlines\tand a tab', 'naïve 表 👩‍👩‍👧', 'עברית', ''])('%j stays as it is', (text) => {
  expect(visible(text)).toBe(text);
});

it('line ends of Windows are plain ones', () => expect(visible('a\r\nb\x1b\r\n')).toBe('a\nb\\u001b\n'));

it('an error has neither a message nor a hint with any', () => {
  const error = new DunlinError('USAGE', 'no table a\x1b[31m', 'drop \u202ea').with({ hint: 'drop \x9ba' });
  expect(error.message).toBe('no table a\\u001b[31m');
  expect(error.hint).toBe('drop \\u009ba');
  expect(error.stack).not.toContain('\x1b');
});
