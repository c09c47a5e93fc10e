import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from './markdown.ts';

interface Row {
  readonly id: string;
  readonly text: string;
  readonly also?: readonly (readonly [string, string])[];
}
interface Area {
  readonly letter: string;
  readonly title: string;
  readonly about: string;
  readonly example?: string;
  readonly rows: readonly Row[];
}
const module = pathToFileURL(join(root, 'scripts/docs/acceptance.mjs')).href;
const { acceptancePage } = (await import(/* @vite-ignore */ module)) as {
  readonly acceptancePage: (root: string, areas?: readonly Area[]) => { page: string; problems: string[] };
};

let project = '';
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'dunlin-acceptance-'));
  write('src/index.ts', '');
  write('test/none.test.ts', '');
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(project, file)), { recursive: true });
  // Here rows are written with round brackets, so that these are no titles that name one.
  writeFileSync(join(project, file), text.replaceAll(/\(([A-Z]\d+)\)/g, '[$1]'));
}

function show(...rows: readonly Row[]): { problems: string[]; cells: string[] } {
  const { page, problems } = acceptancePage(project, [{ letter: 'A', title: 'An area', about: 'It is one.', rows }]);
  const cells = [...page.matchAll(/^\| [A-Z]\d+ \| (.*) \|$/gm)].map(([, cell = '']) => cell);
  return { problems, cells };
}

const row = (id: string, more: Partial<Row> = {}): Row => ({ id, text: `what ${id} is`, ...more });

describe('docs/acceptance.md', () => {
  it('has a row without a test as a problem', () => {
    expect(show(row('A1'), row('A2'))).toEqual({
      problems: ['A1 has no test: what A1 is', 'A2 has no test: what A2 is'],
      cells: ['what A1 is | **no test**', 'what A2 is | **no test**'],
    });
  });

  it('names tests by file, group and title', () => {
    write(
      'test/a.test.ts',
      `describe('runs', () => {
  it('(A1) (A2) goes up', () => {});
  describe('backward', () => {
    it.each([1])('goes down %s | (A1)', () => {});
    onEveryDriver(\`(A2) \${name} is back\`, (open) => {});
  });
});
describe('later', () => {
  it("isn't \\"it\\", (A1)", () => {});
});
`,
    );
    write('src/b.test.ts', `const cases = [{ what: '(A2) a_b' }];\nit('a mock, row (A1), does', () => {});`);
    expect(show(row('A1'), row('A2'))).toEqual({
      problems: [],
      cells: [
        'what A1 is | [src/b.test.ts](../src/b.test.ts) › a mock, row, does<br>' +
          '[test/a.test.ts](../test/a.test.ts) › runs › goes up<br>' +
          '[test/a.test.ts](../test/a.test.ts) › runs › backward › goes down … \\|<br>' +
          `[test/a.test.ts](../test/a.test.ts) › later › isn't "it"`,
        'what A2 is | [src/b.test.ts](../src/b.test.ts) › a\\_b<br>' +
          '[test/a.test.ts](../test/a.test.ts) › runs › goes up<br>' +
          '[test/a.test.ts](../test/a.test.ts) › runs › backward › … is back',
      ],
    });
  });

  it('does not count a test that does not run, nor what is no test', () => {
    write('test/a.test.ts', `it.skip('(A1) x', () => {});\nit.todo('(A1) y');\n`);
    write('test/a.ts', `export const title = '(A1) x';`);
    write('test/fixtures/a.test.ts', `it('(A1) x', () => {});`);
    expect(show(row('A1')).problems).toEqual(['A1 has no test: what A1 is']);
  });

  it('has a test of a row that is not there as a problem', () => {
    write('test/a.test.ts', `it('(A1) (A9) (Z1) x', () => {});`);
    expect(show(row('A1')).problems).toEqual([
      'test/a.test.ts names the row A9, which is not in the list',
      'test/a.test.ts names the row Z1, which is not in the list',
    ]);
  });

  it('adds what shows a row without being a test, and the application', () => {
    write('examples/app/README.md', '');
    write('test/a.test.ts', `it('(A1) x', () => {});`);
    const rows = [row('A1', { also: [['a.mjs', 'it does']] })];
    const { page } = acceptancePage(project, [{ letter: 'A', title: 'B', about: 'C.', example: 'app', rows }]);
    expect(page).toContain(
      `## A. B\n\nC. The application: [examples/app](../examples/app/README.md).\n\n| row | what | shown by |\n|---|---|---|\n` +
        `| A1 | what A1 is | [test/a.test.ts](../test/a.test.ts) › x<br>[a.mjs](../a.mjs) › it does |\n`,
    );
  });

  it('has every row of the list once', () => {
    const ids = [...acceptancePage(root).page.matchAll(/^\| ([A-Z]\d+) \|/gm)].map(([, id]) => id);
    expect(ids).toHaveLength(17 + 10 + 14 + 8 + 5);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
