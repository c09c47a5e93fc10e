import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mayImport, NEUTRAL, roomOf, ROOMS } from './rooms.ts';

const root = resolve(import.meta.dirname, '../..');

describe('the source tree', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const imports = files.flatMap((file) => importsOf(file));

  it('has no room that is not in the list', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => !ROOMS.includes(room))).toEqual([]);
  });

  it('imports one way only', () => {
    const wrong = imports.filter(({ from, to }) => to !== undefined && !mayImport(roomOf(from), roomOf(to)));
    expect(wrong).toEqual([]);
  });

  it('has a core that imports neither Node nor a package', () => {
    const wrong = imports.filter(({ from, to }) => to === undefined && NEUTRAL.has(roomOf(from)));
    expect(wrong).toEqual([]);
  });

  it('uses a room through its index', () => {
    const inner = ROOMS.slice(0, ROOMS.indexOf('.')).filter((room) => room !== 'options');
    const wrong = imports.filter(
      ({ from, to, typeOnly }) =>
        to !== undefined &&
        !typeOnly &&
        roomOf(from) !== roomOf(to) &&
        inner.includes(roomOf(to)) &&
        to !== `${roomOf(to)}/index.ts`,
    );
    expect(wrong).toEqual([]);
  });
});

describe('the linter', () => {
  let planted: string;
  let reports: Map<string, string[]>;

  beforeAll(() => {
    planted = mkdtempSync(join(tmpdir(), 'dunlin-boundaries-'));
    copyFileSync(join(root, '.oxlintrc.json'), join(planted, '.oxlintrc.json'));
    for (const room of ROOMS) plant(room, [...specifiers(room).keys()]);
    reports = lint(planted);
  });
  afterAll(() => rmSync(planted, { recursive: true, force: true }));

  it.each(ROOMS.filter((room) => room !== 'options'))('reports every forbidden import of %s, and no other', (room) => {
    const expected = [...specifiers(room)].filter(([, forbidden]) => forbidden).map(([specifier]) => specifier);
    expect(reports.get(room)?.filter((found) => !GLOBALS.includes(found))).toEqual(expected);
  });

  it.each(ROOMS.filter((room) => room !== 'options'))('keeps the globals of Node out of %s', (room) => {
    const allowed = room === 'cli' ? GLOBALS : room === 'node' ? ['process'] : [];
    const found = reports.get(room)?.filter((name) => GLOBALS.includes(name));
    expect(found).toEqual(GLOBALS.filter((name) => !allowed.includes(name)));
  });

  /** One line for each import and each global, so that a report's line says what was reported. */
  function plant(room: string, imports: readonly string[]): void {
    const file = join(planted, 'src', plantedFile(room));
    mkdirSync(dirname(file), { recursive: true });
    const lines = imports.map((specifier) => `export * from '${specifier}';`);
    writeFileSync(file, [...lines, ...GLOBALS.map((name) => `${name}.x();`)].join('\n'));
  }
});

const GLOBALS = ['process', 'console', 'Buffer'];

/** The rooms that are one file of src. */
const FILES: ReadonlySet<string> = new Set(['options', 'index']);

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Relative to src; undefined for a package or a module of Node. */
  readonly to: string | undefined;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, 'src', file), 'utf8');
  const statements = text.matchAll(
    /^(?:import|export)\s+(?<type>type\s)?(?:[\w$*{},\s]+?\bfrom\s+)?['"](?<a>[^'"\n]+)['"]|\bimport\(\s*['"](?<b>[^'"\n]+)['"]\s*\)/gm,
  );
  return [...statements].flatMap(({ groups }) => {
    const specifier = groups?.['a'] ?? groups?.['b'] ?? '';
    const to = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined;
    return [{ from: file, specifier, to, typeOnly: groups?.['type'] !== undefined }];
  });
}

function plantedFile(room: string): string {
  if (room === '.') return 'planted.ts';
  return FILES.has(room) ? `${room}.ts` : `${room}/planted.ts`;
}

/** Every other room's index, a module of Node and a package, each with whether `from` must not import it. */
function specifiers(from: string): Map<string, boolean> {
  const up = from === '.' || FILES.has(from) ? '.' : '..';
  const list = ROOMS.filter((room) => room !== from).map((room): [string, boolean] => {
    const file = room === '.' ? 'runner.ts' : FILES.has(room) ? `${room}.ts` : `${room}/index.ts`;
    return [`${up}/${file}`, !mayImport(from, room)];
  });
  return new Map([...list, ['node:fs', NEUTRAL.has(from)], ['better-sqlite3', NEUTRAL.has(from)]]);
}

/** What oxlint reports for each planted file, in the order of its lines. */
function lint(folder: string): Map<string, string[]> {
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
  const { stdout } = spawnSync(process.execPath, [oxlint, '--format', 'json', 'src'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
  const reports = new Map<string, string[]>();
  for (const room of ROOMS) {
    const file = `src/${plantedFile(room)}`;
    const lines = readFileSync(join(folder, file), 'utf8').split('\n');
    const found = diagnostics
      .filter(({ filename, code }) => filename === file && code.startsWith('eslint(no-restricted-'))
      .map(({ labels }) => labels[0]?.span.line ?? 0)
      .toSorted((a, b) => a - b);
    reports.set(
      room,
      found.map(
        (line) =>
          /^(?:export \* from '(.*)'|(\w+)\.x)/
            .exec(lines[line - 1] ?? '')
            ?.slice(1)
            .find(Boolean) ?? '',
      ),
    );
  }
  return reports;
}

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}
