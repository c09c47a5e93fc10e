import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allPages, root } from './markdown.ts';

const architecture = 'docs/internals/architecture.md';
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Whether a file of the sources declares a function, class, constant, type or property of this name. */
function declares(file: string, name: string): boolean {
  const declaration = new RegExp(
    `^\\s*(?:export )?(?:async )?(?:function\\*? |class |const |type |interface |readonly )${name}\\b`,
    'm',
  );
  return declaration.test(textOf(file));
}

/** What is wrong with a row of the table of questions. */
function problemsOf(row: string): string[] {
  const [question = '', first = '', rest = ''] = row.slice(2, -2).split(' | ');
  const file = first.replaceAll('`', '');
  const [name = '', ...more] = [...rest.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
  const pairs = [[file, name] as const];
  for (const [i, path] of more.entries())
    if (path.startsWith('src/')) pairs.push([path, more[i - 1] ?? '']);
    else if (!more[i + 1]?.startsWith('src/')) pairs.push([file, path]);
  return pairs.flatMap(([path, declared]) => {
    if (!existsSync(join(root, path))) return [`${question}: there is no ${path}; it should have ${declared}`];
    return declares(path, declared) ? [] : [`${question}: ${path} declares no ${declared}`];
  });
}

describe('the questions of docs/internals/architecture.md', () => {
  const rows = textOf(architecture)
    .split('\n')
    .filter((line) => /^\| [^|]*\? \|/.test(line));

  it('are ten, each answered in at most three steps from src', () => {
    expect(rows).toHaveLength(10);
    const steps = rows.map((row) => /`src\/([^`]+)`/.exec(row)?.[1]?.split('/').length ?? Infinity);
    expect(Math.max(...steps)).toBeLessThanOrEqual(3);
  });

  it('name files that exist and contain what is named', () => {
    expect(rows.flatMap(problemsOf)).toEqual([]);
  });

  it.each([
    ['| Where? | `src/lock/gone.ts` | `retryBusy` |', 'Where?: there is no src/lock/gone.ts; it should have retryBusy'],
    ['| Where? | `src/lock/wait.ts` | `gone` |', 'Where?: src/lock/wait.ts declares no gone'],
    ['| Where? | `src/lock/wait.ts` | `retryBusy` (and `gone`) |', 'Where?: src/lock/wait.ts declares no gone'],
    [
      '| Where? | `src/lock/wait.ts` | `retryBusy` (and `x` in `src/lock/index.ts`) |',
      'Where?: src/lock/index.ts declares no x',
    ],
  ])('%s is reported', (row, problem) => {
    expect(problemsOf(row)).toEqual([problem]);
  });
});

describe('the pages about the project itself', () => {
  // The guides and tutorials name files of the reader's project.
  const pages = allPages().filter((page) => !/^(?:CHANGELOG\.md$|docs\/(?:guides|tutorials)\/)/.test(page));

  it('name files and folders of the project that exist', () => {
    const named = pages.flatMap((page) =>
      [...textOf(page).matchAll(/`((?:src|scripts|test|bench)\/[\w./<>-]*)`/g)].map(([, path = '']) => ({
        page,
        path,
      })),
    );
    expect(named.length).toBeGreaterThan(60);
    const missing = named.filter(({ path }) => !existsSync(join(root, path.includes('<') ? dirname(path) : path)));
    expect(missing.map(({ page, path }) => `${page}: ${path}`)).toEqual([]);
  });
});
