import { expect, it } from 'vitest';
import { Arguments } from '../arguments.ts';
import { aboutSameTarget, targetOf } from './same-target.ts';

const given = targetOf(new Arguments('up', [], { database: ['my other.db'], migrations: 'sql', table: 'history' }));

it('knows the options that were given', () => {
  expect(given).toEqual(['-d "my other.db"', '-m sql', '--table history']);
  expect(targetOf(new Arguments('up', [], { database: ['a.db', 'b.db'] }))).toEqual([]);
  expect(targetOf(new Arguments('up', [], {}))).toEqual([]);
});

it.each([
  ['Run `dunlin up` again.', 'Run `dunlin up -d "my other.db" -m sql --table history` again.'],
  [
    '`dunlin backup restore latest` puts it back',
    '`dunlin backup restore latest -d "my other.db" -m sql --table history` puts it back',
  ],
  ['`dunlin try 2 -d x.db`', '`dunlin try 2 -d x.db -m sql --table history`'],
  ['`dunlin create <name>` writes one', '`dunlin create <name> -m sql` writes one'],
  ['`dunlin help up`, `dunlin init` and `npx other`', '`dunlin help up`, `dunlin init` and `npx other`'],
])('%s', (text, expected) => {
  expect(aboutSameTarget(text, given)).toBe(expected);
  expect(aboutSameTarget(text, [])).toBe(text);
});
