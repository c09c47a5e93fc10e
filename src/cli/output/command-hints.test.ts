import { expect, it } from 'vitest';
import { Arguments } from '../arguments.ts';
import { completeCommands, completeHints, targetOf } from './command-hints.ts';

const target = targetOf(new Arguments('up', [], { database: ['my other.db'], migrations: 'sql', table: 'history' }));

it('knows the options that were given', () => {
  expect(target).toEqual(['-d "my other.db"', '-m sql', '--table history']);
  expect(targetOf(new Arguments('up', [], { database: ['a.db', 'b.db'] }))).toEqual([]);
  expect(targetOf(new Arguments('up', [], {}))).toEqual([]);
  expect(targetOf(new Arguments('init', [], { database: ['a.db'] }))).toEqual([]);
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
  ['The usage is `dunlin up [options]`.', 'The usage is `dunlin up [options]`.'],
])('%s', (text, expected) => {
  expect(completeCommands(text, { launcher: 'dunlin', target })).toBe(expected);
  expect(completeCommands(text, { launcher: 'dunlin', target: [] })).toBe(text);
});

it('starts the program as this process was started', () => {
  expect(completeCommands('`dunlin help up`, `dunlin up`', { launcher: 'npx dunlin', target: ['-d x.db'] })).toBe(
    '`npx dunlin help up`, `npx dunlin up -d x.db`',
  );
  expect(completeCommands('The usage is `dunlin up [options]`.', { launcher: 'npx dunlin', target: ['-d x.db'] })).toBe(
    'The usage is `npx dunlin up [options]`.',
  );
});

it('completes the hints and notes of a document, and nothing else of it', () => {
  const document = { hint: '`dunlin up`', notes: ['`dunlin status`'], message: '`dunlin up`', plan: [{ hint: null }] };
  expect(completeHints(document, { launcher: 'yarn dunlin', target: [] })).toEqual({
    ...document,
    hint: '`yarn dunlin up`',
    notes: ['`yarn dunlin status`'],
  });
});
