import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { typed } from './typed.ts';

describe.skipIf(process.platform === 'win32')('a word as it is typed', () => {
  it.each([
    'app.db',
    'a b',
    '$(echo run).db',
    "it's `run` $HOME",
    "o'k",
    'a"b',
    'back\\slash',
    'x!y',
    'ü ö',
    'e\u001b[31m\r.db',
    "line\nfeed'\\",
    'q\u202ex',
    '',
  ])('is what a shell makes of it: %j', (word) => {
    const env = { ...process.env, LC_ALL: 'C.UTF-8' };
    expect(execFileSync('bash', ['-c', `printf %s ${typed(word)}`], { encoding: 'utf8', env })).toBe(word);
  });

  it('stands without quotes where it needs none', () => {
    expect(typed('migrations/002_add-tags.sql')).toBe('migrations/002_add-tags.sql');
  });
});
