// The project in which the other tools are installed, and how they and Dunlin start in a folder of it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import Database from 'better-sqlite3';

export const root = resolve(import.meta.dirname, '../..');
const project = join(root, 'node_modules/.cache/tools');
const program = join(root, 'dist/cli/dunlin.js');

/** Installs what package.json and package-lock.json beside this file say, unless it is there. */
export function install() {
  const wanted = ['package.json', 'package-lock.json'].map((name) => [
    name,
    readFileSync(join(import.meta.dirname, name), 'utf8'),
  ]);
  const isThere = ([name, text]) =>
    existsSync(join(project, name)) && readFileSync(join(project, name), 'utf8') === text;
  if (wanted.every(isThere)) return;
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project, { recursive: true });
  cpSync(join(root, '.npmrc'), join(project, '.npmrc'));
  for (const [name, text] of wanted) writeFileSync(join(project, name), text);
  const flags = ['--ignore-scripts', '--legacy-peer-deps', '--engine-strict=false', '--no-audit', '--no-fund'];
  const { status } = spawnSync('npm', ['ci', '--silent', ...flags], { cwd: project, stdio: ['ignore', 2, 2] });
  // Every tool gets the better-sqlite3 of this project, which is compiled.
  rmSync(join(project, 'node_modules/better-sqlite3'), { recursive: true, force: true });
  if (status === 0) return;
  rmSync(join(project, 'package.json'));
  throw new Error('the tools could not be installed');
}

/** The path of a file of an installed package. */
export const installed = (path) => join(project, 'node_modules', path);

/** The interface of the package sqlite3 that some tools ask for. */
export const sqlite3 = join(import.meta.dirname, 'sqlite3.cjs');

/** A tool that is a package of npm. */
export const npmPackage = (name) => ({ name, from: 'npm', version: () => versionOf(name) });

/** A tool from Debian, which says its version if it is on this machine. */
export const debianPackage = (name, packages, words) => ({
  name,
  from: `apt-get install ${packages}`,
  version() {
    const { status, stdout } = start(root, words);
    return status === 0 ? stdout.trim() : undefined;
  },
});

/** The Python that Debian's packages are for. */
export const python = ['/usr/bin/python3', '-c'];

/** The installed version of a package. */
export const versionOf = (name) => JSON.parse(readFileSync(installed(`${name}/package.json`), 'utf8')).version;

/** An empty folder in which programs find the tools. */
export function newFolder() {
  const folder = mkdtempSync(join(project, 'database-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Calls `work` with such a folder. */
export function withFolder(work) {
  const { folder, remove } = newFolder();
  try {
    return work(folder);
  } finally {
    remove();
  }
}

/** Writes files, given by their paths in the folder. */
export function write(folder, files) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Writes the first files of the tool, and what Dunlin reads. */
export function place(tool, folder, count, others = {}) {
  const own = Object.fromEntries(Object.entries(tool.files).slice(0, count));
  write(folder, { ...own, ...tool.beside?.(count), ...others });
}

/** The path of the tool's database in the folder. */
export const databaseOf = (tool, folder) => tool.database?.(folder) ?? 'app.db';

/** Starts a program with nothing of the environment that could name another database. */
export function start(folder, [command, ...args], { input = '', env = {} } = {}) {
  const own = { PATH: process.env.PATH, HOME: tmpdir(), NODE_NO_WARNINGS: '1', CI: 'true', ...env };
  return spawnSync(command, args, { cwd: folder, encoding: 'utf8', env: own, input });
}

/** Starts a program that has to succeed, and returns what it printed. */
export function run(folder, command, options) {
  const { status, error, stdout, stderr } = start(folder, command, options);
  assert.equal(status, 0, `${command.join(' ')}\n${error?.message ?? ''}${stdout}${stderr}`);
  return stdout + stderr;
}

/** A tool used from a script, which prints at the end how many migrations it has applied. */
export const script = (text) => (folder) => {
  write(folder, { 'run.mjs': text });
  return Number(run(folder, [process.execPath, 'run.mjs']).trim().split('\n').at(-1));
};

/** A tool used from the command line, which prints each migration that it applies. */
export const command = (words, applied, options) => (folder) =>
  (run(folder, words, options).match(applied) ?? []).length;

/** The command line of Dunlin. */
export const dunlinOf = (...args) => [process.execPath, program, ...args, '--no-color'];

/** Starts Dunlin and returns what it printed. */
export function dunlin(folder, args, expected = 0) {
  const { status, stdout, stderr } = start(folder, dunlinOf(...args));
  assert.equal(status, expected, `dunlin ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout + stderr;
}

/** The rows of a query, each an array. */
export function rowsOf(folder, database, query) {
  const db = new Database(join(folder, database));
  try {
    return db.prepare(query).raw().all();
  } finally {
    db.close();
  }
}
