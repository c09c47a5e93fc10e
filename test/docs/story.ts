import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { normalise } from '../scenarios/scenario.ts';
import { partsOf, root, type Part } from './markdown.ts';
import { Playground } from './playground.ts';

/** With UPDATE_GUIDE=1 what was really printed is written into the pages. */
const update = process.env['UPDATE_GUIDE'] !== undefined;

/** Where a reader is thought to be. */
const home = '/home/ada/app';

/**
 * Carries out a page from its top to its end, as a reader would:
 *
 * - a block below the words "`migrations/001_notes.sql`:" is that file;
 * - a `console` block is commands, each behind a `$`, and what they print; `[exit 1]` is the exit code;
 * - a line of an `sh` block has to end well;
 * - a comment `<!-- $ command -->` is run unseen, and a `text` block below it is what the last one prints;
 * - the steps of a workflow for CI are run;
 * - a comment `<!-- new folder -->` begins anew.
 *
 * Nothing else may stand in a fence. At the end of a folder its TypeScript has to compile.
 */
export function playPage(page: string): void {
  let place = furnished();
  const printed = new Map<Part, string>();
  let unseen = '';
  for (const part of partsOf(page)) {
    if (part.kind === 'comment') {
      if (part.text === 'new folder') {
        compiles(place);
        place = furnished();
      } else
        unseen = commandsOf(part)
          .map((command) => succeeds(place, command, part))
          .at(-1)!;
    } else if (part.language === 'console') printed.set(part, play(place, part));
    else if (part.language === 'text') printed.set(part, unseen);
    else if (part.language === 'sh') for (const line of part.text.trim().split('\n')) succeeds(place, line, part);
    else if (part.file !== undefined) {
      place.write(part.file, part.text);
      // A workflow for CI: its steps in their order.
      for (const [, run = ''] of part.language === 'yaml' ? part.text.matchAll(/^ +- run: (.*)$/gm) : [])
        succeeds(place, run, part);
    } else throw new Error(`${part.at}: a block that is neither a file nor run`);
  }
  compiles(place);
  if (update) rewrite(page, printed);
  else for (const [part, text] of printed) expect(comparable(text), part.at).toBe(comparable(part.text));
}

/** The commands of a `console` block again, each with what it prints now. */
function play(place: Playground, part: Part): string {
  const commands = part.text.split('\n').filter((line) => line.startsWith('$ '));
  const texts = commands.map((line) => {
    const { status, output } = place.terminal(line.slice(2));
    const code = status === 0 ? '' : `[exit ${status ?? 'by a signal'}]\n`;
    return `${line}\n${shown(place, output)}${code}`;
  });
  return texts.join('\n');
}

function shown(place: Playground, output: string): string {
  const text = output
    .replaceAll(place.folder, home)
    .replaceAll(/[ \t]+$/gm, '')
    .replace(/^\n+/, '')
    .trimEnd();
  return text === '' ? '' : `${text}\n`;
}

function commandsOf({ text, at }: Part): string[] {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.trim());
  if (!lines.every((line) => line.startsWith('$ '))) throw new Error(`${at}: a comment that is no command`);
  return lines.map((line) => line.slice(2));
}

function succeeds(place: Playground, command: string, { at }: Part): string {
  const { status, output } = place.terminal(command);
  const allowed = Number(/# exit code (\d+)/.exec(command)?.[1] ?? 0);
  expect(status, `${at}: ${command}\n${output}`).toBe(allowed);
  return shown(place, output);
}

function comparable(text: string): string {
  const now = normalise(text, home)
    .replaceAll(/\(\d+(\.\d+)? k?B\)/g, '(<size>)')
    // What compression makes of a file depends on what is in it, and on Node.
    .replaceAll(/ *\b[\d.]+ k?B {2}of /g, '  <size>  of ')
    .replaceAll(/\.damaged-\d{8}T\d{9}Z/g, '.damaged-<time>');
  // Where a line with a path is broken depends on how long the path really is.
  return now.includes('<folder>') ? now.replaceAll(/\s+/g, ' ') : now;
}

function rewrite(page: string, printed: ReadonlyMap<Part, string>): void {
  const path = join(root, page);
  let text = readFileSync(path, 'utf8');
  for (const [part, now] of [...printed].toReversed())
    if (comparable(now) !== comparable(part.text))
      text = text.slice(0, part.offset) + now + text.slice(part.offset + part.text.length);
  writeFileSync(path, text);
}

/** A playground with the programs that the pages call, and the packages that they install. */
function furnished(): Playground {
  const place = new Playground();
  place.write('package.json', '{ "type": "module" }');
  const installed = join(place.folder, 'node_modules');
  // A copy, as an installation makes it: bundlers take what is linked for a part of the application.
  rmSync(join(installed, 'dunlin'));
  for (const name of ['dist', 'package.json'])
    cpSync(join(root, name), join(installed, 'dunlin', name), { recursive: true });
  for (const name of ['jiti', 'vite', 'vitest'])
    symlinkSync(join(root, 'node_modules', name), join(installed, name), 'dir');
  symlinkSync(join(programs, 'electron'), join(installed, 'electron'), 'dir');
  for (const [name, text] of Object.entries(shims)) {
    place.write(`bin/${name}`, `#!/bin/sh\n${text}\n`);
    chmodSync(join(place.folder, 'bin', name), 0o755);
  }
  return place;
}

const programs = join(root, 'test/docs/programs');
const modules = join(root, 'node_modules');

/** Node loads TypeScript by itself from 22.18 on. */
const loadsTypeScript = Boolean((process.features as { typescript?: unknown }).typescript);
const loader = `[ "\${1%.ts}" = "$1" ] || set -- --import jiti/register "$@"\n`;

const shims = {
  node: `${loadsTypeScript ? '' : loader}exec "${process.execPath}" "$@"`,
  // What a page installs is there already, if it may be asked for.
  npm: `case "$*" in
    ci | "install dunlin" | "install better-sqlite3" | "install jiti") ;;
    *) echo "npm $*?"; exit 97 ;;
  esac`,
  npx: `name=$1; shift
  case $name in
    dunlin) PATH="\${PATH#*:}" exec "\${0%/*}/dunlin" "$@" ;;
    esbuild) exec "${modules}/esbuild/bin/esbuild" "$@" ;;
    vite) exec node "${modules}/vite/bin/vite.js" "$@" ;;
    vitest) exec node "${modules}/vitest/vitest.mjs" "$@" ;;
    *) exit 97 ;;
  esac`,
  sqlite3: `exec "${process.execPath}" "${programs}/sqlite3.mjs" "$@"`,
} as const;

/** The TypeScript of a folder compiles under the strictest rules. Without any, the compiler need not start. */
function compiles(place: Playground): void {
  const own = readdirSync(place.folder).filter((name) => name !== 'node_modules');
  const files = own.flatMap((name) => [name, ...filesBelow(join(place.folder, name))]);
  if (!files.some((name) => name.endsWith('.ts'))) return;
  const compilerOptions = {
    strict: true,
    module: 'nodenext',
    target: 'es2022',
    types: ['node'],
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
  };
  place.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['**/*.ts'] }));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', place.folder], { encoding: 'utf8' });
  expect(stdout).toBe('');
}

function filesBelow(path: string): readonly string[] {
  return statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: 'utf8' }) : [];
}
