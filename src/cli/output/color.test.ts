import { expect, it } from 'vitest';
import { colors, wantsColor } from './color.ts';

it.each([
  ['a terminal', { isTTY: true }, {}, false, true],
  ['a pipe', { isTTY: false }, {}, false, false],
  ['a stream that does not say', {}, {}, false, false],
  ['--no-color', { isTTY: true }, { FORCE_COLOR: '1' }, true, false],
  ['NO_COLOR', { isTTY: true }, { NO_COLOR: '1', FORCE_COLOR: '1' }, false, false],
  ['an empty NO_COLOR', { isTTY: true }, { NO_COLOR: '' }, false, true],
  ['FORCE_COLOR', { isTTY: false }, { FORCE_COLOR: '1' }, false, true],
  ['FORCE_COLOR=0', { isTTY: true }, { FORCE_COLOR: '0' }, false, false],
  ['an empty FORCE_COLOR', { isTTY: false }, { FORCE_COLOR: '' }, false, false],
  ['a dumb terminal', { isTTY: true }, { TERM: 'dumb' }, false, false],
])('%s', (_name, stream, env, noColor, expected) => {
  expect(wantsColor(stream, env, noColor)).toBe(expected);
});

it('gives colours that do nothing when they are off', () => {
  expect(colors(false).red('x')).toBe('x');
  expect(colors(true).red('x')).toBe('\u001b[31mx\u001b[39m');
});
