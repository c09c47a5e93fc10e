import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { root } from './markdown.ts';

interface Promised {
  readonly promise: string;
  readonly suites: readonly string[];
}
interface Run {
  readonly promises: readonly Promised[];
  readonly suites: Readonly<Record<string, string>>;
  readonly files: ReadonlyMap<string, readonly string[]>;
  readonly points: ReadonlyMap<string, number>;
  readonly failed: ReadonlyMap<string, number>;
  readonly skipped: readonly string[];
  readonly about: string;
}
const load = (file: string): Promise<unknown> => import(/* @vite-ignore */ pathToFileURL(join(root, file)).href);
const { promises, suites } = (await load('scripts/docs/promises.mjs')) as Pick<Run, 'promises' | 'suites'>;
const { insertGenerated } = (await load('scripts/docs/insert.mjs')) as {
  readonly insertGenerated: (page: string, by: string, text: string) => string;
};
const { findSuites, reliabilityTables } = (await load('scripts/docs/reliability.mjs')) as {
  readonly findSuites: (root: string) => Map<string, string[]>;
  readonly reliabilityTables: (run: Run) => { page: string; problems: string[] };
};

const page = readFileSync(join(root, 'docs/explanation/reliability.md'), 'utf8');
/** The cells of the table's rows that have numbers at their end. */
const rowsOf = (text: string): string[][] =>
  [...text.matchAll(/^\| (.*) \| ([\d,]+) \| (\d+) \|$/gm)].map(([, cells = '', ...numbers]) => [
    ...cells.split(' | '),
    ...numbers,
  ]);

describe('docs/explanation/reliability.md', () => {
  const files = findSuites(root);
  const rows = rowsOf(page);
  const missing = /^Not in this run: (.*)\.$/m.exec(page)?.[1]?.split(', ') ?? [];

  it('has every promise, in order, with its suites', () => {
    const known = (name: string): boolean => !missing.includes(name);
    expect(rows.slice(0, promises.length).map(([promise]) => promise)).toEqual(promises.map(({ promise }) => promise));
    for (const [index, { suites: named }] of promises.entries())
      expect(rows[index]![1], rows[index]![0]).toBe(named.filter(known).join(', '));
  });

  it('has every suite with its files, and no violation', () => {
    const shown = rows.slice(promises.length);
    const linked = shown.map(([suite = '']) => [...suite.matchAll(/\]\(\.\.\/\.\.\/(.*?)\)/g)].map(([, file]) => file));
    expect(linked).toEqual(
      Object.keys(suites).flatMap((name) => (missing.includes(name) ? [] : [files.get(name) ?? []])),
    );
    expect(shown.map(([, what]) => what)).toEqual(
      Object.entries(suites).flatMap(([name, what]) => (missing.includes(name) ? [] : [what])),
    );
    expect(rows.map((row) => row.at(-1)).filter((violations) => violations !== '0')).toEqual([]);
  });

  it('is out of date when a suite is added or removed', () => {
    const without = Object.keys(suites).filter((name) => !files.has(name));
    expect(missing).toEqual(without);
    expect([...files.keys()].filter((name) => suites[name] === undefined)).toEqual([]);
  });
});

describe('the generator', () => {
  const run: Run = {
    promises: [
      { promise: 'nothing is lost', suites: ['sweep', 'kill'] },
      { promise: 'nobody waits', suites: ['kill', 'race'] },
    ],
    suites: { sweep: 'all fails', kill: 'all dies', race: 'all run' },
    files: new Map([
      ['sweep', ['test/a.test.ts', 'test/b.test.ts']],
      ['kill', ['test/b.test.ts']],
      ['race', ['test/c.test.ts']],
    ]),
    points: new Map([
      ['sweep', 1200],
      ['kill', 30],
      ['race', 5],
    ]),
    failed: new Map(),
    skipped: [],
    about: 'Today.',
  };

  it('adds up what was tried, by promise and by suite', () => {
    const { page: text, problems } = reliabilityTables(run);
    expect(problems).toEqual([]);
    expect(rowsOf(text)).toEqual([
      ['nothing is lost', 'sweep, kill', '1,230', '0'],
      ['nobody waits', 'kill, race', '35', '0'],
      ['sweep ([a](../../test/a.test.ts), [b](../../test/b.test.ts))', 'all fails', '1,200', '0'],
      ['[kill](../../test/b.test.ts)', 'all dies', '30', '0'],
      ['[race](../../test/c.test.ts)', 'all run', '5', '0'],
    ]);
    expect(text).toContain('In all there were 1,235:');
    expect(text).not.toMatch(/Not in this run|Skipped/);
  });

  it('counts a failed test once for each promise that it breaks', () => {
    const failed = new Map([
      ['test/a.test.ts', 1],
      ['test/b.test.ts', 2],
    ]);
    const { page: text } = reliabilityTables({ ...run, failed });
    expect(rowsOf(text).map((row) => row.at(-1))).toEqual(['3', '2', '3', '2', '0']);
  });

  it('reports a suite that tried nothing, that no promise names, or that is not described', () => {
    const points = new Map([
      ['sweep', 1200],
      ['kill', 0],
      ['flood', 7],
    ]);
    const { page: text, problems } = reliabilityTables({
      ...run,
      promises: [{ promise: 'nothing is lost', suites: ['sweep', 'kill', 'quake'] }],
      points,
      skipped: ['a full disk', 'a trace'],
    });
    expect(problems).toEqual([
      'quake is not described',
      'no promise names race',
      'flood is not in the list',
      'kill has tried nothing',
      'race has tried nothing',
    ]);
    expect(text).toContain('Not in this run: kill, race.');
    expect(text).toContain('Skipped on this machine: a full disk; a trace.');
  });

  it('replaces what stands between the markers, and nothing else', () => {
    const by = '`npm run reliability` from a run';
    const once = insertGenerated(page, by, 'one\n');
    expect(insertGenerated(once, by, 'two\n')).toBe(once.replace('\none\n', '\ntwo\n'));
    expect(once.startsWith('# Reliability\n')).toBe(true);
    expect(once.endsWith(page.slice(page.indexOf('## What is not covered')))).toBe(true);
    expect(() => insertGenerated('# Reliability', by, 'x')).toThrow('has lost its markers');
  });
});
