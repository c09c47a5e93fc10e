import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from './markdown.ts';

interface Area {
  readonly letter: string;
  readonly title: string;
  readonly about: string;
  readonly example?: string;
  readonly rows: Readonly<Record<string, string>>;
  readonly also?: Readonly<Record<string, readonly (readonly [string, string])[]>>;
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
  writeFileSync(join(project, file), text);
}

type Table = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

function show(table: Table, ...ids: readonly string[]): { problems: string[]; cells: string[] } {
  write('test/acceptance.json', JSON.stringify(table));
  const rows = Object.fromEntries(ids.map((id) => [id, `what ${id} is`]));
  const { page, problems } = acceptancePage(project, [{ letter: 'A', title: 'An area', about: 'It is one.', rows }]);
  const cells = [...page.matchAll(/^\| [A-Z]\d+ \| (.*) \|$/gm)].map(([, cell = '']) => cell);
  return { problems, cells };
}

describe('docs/internals/acceptance.md', () => {
  it('reports a row without a test', () => {
    expect(show({ A2: {} }, 'A1', 'A2')).toEqual({
      problems: ['A1 has no test: what A1 is', 'A2 has no test: what A2 is'],
      cells: ['what A1 is | **no test**', 'what A2 is | **no test**'],
    });
  });

  it('lists the tests of a row by file, group and title', () => {
    write(
      'test/a.test.ts',
      `describe('runs', () => {
  it('goes up', () => {});
  describe('backward', () => {
    it.each([1])('goes down %s | ', () => {});
    onEveryDriver(\`\${name} is back\`, (open) => {});
  });
});
describe('later', () => {
  it("isn't \\"it\\"", () => {});
});
`,
    );
    write('src/b.test.ts', `const cases = [{ what: 'a_b' }];`);
    write('test/c.txt', '# A scenario: it ends.\n$ true\n');
    const table = {
      A1: { 'test/a.test.ts': ['goes up', 'goes down %s | ', 'isn\'t "it"'] },
      A2: {
        'src/b.test.ts': ['a_b'],
        'test/a.test.ts': ['goes up', '${name} is back'],
        'test/c.txt': ['A scenario: it ends.'],
      },
    };
    expect(show(table, 'A1', 'A2')).toEqual({
      problems: [],
      cells: [
        'what A1 is | [test/a.test.ts](../../test/a.test.ts) › runs › goes up<br>' +
          '[test/a.test.ts](../../test/a.test.ts) › runs › backward › goes down … \\| <br>' +
          `[test/a.test.ts](../../test/a.test.ts) › later › isn't "it"`,
        'what A2 is | [src/b.test.ts](../../src/b.test.ts) › a\\_b<br>' +
          '[test/a.test.ts](../../test/a.test.ts) › runs › goes up<br>' +
          '[test/a.test.ts](../../test/a.test.ts) › runs › backward › … is back<br>' +
          '[test/c.txt](../../test/c.txt) › A scenario: it ends.',
      ],
    });
  });

  it('finds the call where the same text also stands elsewhere', () => {
    write('test/a.test.ts', `run('up');\ndescribe('commands', () => {\n  describe('up', () => {});\n});\n`);
    expect(show({ A1: { 'test/a.test.ts': ['up'] } }, 'A1').cells).toEqual([
      'what A1 is | [test/a.test.ts](../../test/a.test.ts) › commands › up',
    ]);
  });

  it('reports a test that does not exist, or that does not run', () => {
    write('test/a.test.ts', `it.skip('x', () => {});\nit.todo(\n  'y');\nit('longer than z', () => {});`);
    write('test/c.txt', '$ true\n# x\n');
    const table = { A1: { 'test/a.test.ts': ['x', 'y', 'z'], 'test/b.test.ts': ['x'], 'test/c.txt': ['x'] } };
    expect(show(table, 'A1').problems).toEqual([
      'A1 names a test that does not exist: test/a.test.ts, "x"',
      'A1 names a test that does not exist: test/a.test.ts, "y"',
      'A1 names a test that does not exist: test/a.test.ts, "z"',
      'A1 names a test that does not exist: test/b.test.ts, "x"',
      'A1 names a test that does not exist: test/c.txt, "x"',
      'A1 has no test: what A1 is',
    ]);
  });

  it('reports a row of the table that is not in the list', () => {
    expect(show({ A9: {} }).problems).toEqual(['test/acceptance.json has a row A9 that is not in the list']);
  });

  it('reports a title that carries the code of a row', () => {
    const [own, other] = ['A6', 'B10'];
    const codes = [`[${own}]`, `(row ${other})`];
    write('test/a.test.ts', `it('${codes[0]} x', () => {});\nit('y ${codes[1]}', () => {});`);
    write('test/fixtures/a.test.ts', `it('${codes[0]} x', () => {});`);
    expect(show({}).problems).toEqual([
      `test/a.test.ts has ${codes[0]} in a title: name the test in test/acceptance.json instead`,
      `test/a.test.ts has ${codes[1]!.slice(0, -1)} in a title: name the test in test/acceptance.json instead`,
    ]);
  });

  it('adds what shows a row without being a test, and the application', () => {
    write('examples/app/README.md', '');
    write('test/a.test.ts', `it('x', () => {});`);
    write('test/acceptance.json', JSON.stringify({ A1: { 'test/a.test.ts': ['x'] } }));
    const [rows, also] = [{ A1: 'what A1 is' }, { A1: [['a.mjs', 'it does']] as const }];
    const { page } = acceptancePage(project, [{ letter: 'A', title: 'B', about: 'C.', example: 'app', rows, also }]);
    expect(page).toContain(
      `## A. B\n\nC. The application: [examples/app](../../examples/app/README.md).\n\n| row | what | shown by |\n|---|---|---|\n` +
        `| A1 | what A1 is | [test/a.test.ts](../../test/a.test.ts) › x<br>[a.mjs](../../a.mjs) › it does |\n`,
    );
  });

  it('has every row of the list once, each with tests that exist, and no title carries a code', () => {
    const { page, problems } = acceptancePage(root);
    expect(problems).toEqual([]);
    const ids = [...page.matchAll(/^\| ([A-Z]\d+) \|/gm)].map(([, id]) => id);
    expect(ids).toHaveLength(17 + 10 + 14 + 8 + 5);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
