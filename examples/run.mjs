// Runs every application of this folder, one after the other: `npm run examples`, or for another folder
// `node examples/run.mjs <folder>`. An application is a folder with a main.ts.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2] ?? here);
// Before Node 22.18, TypeScript needs a loader; it is found from the folder of the process.
const loader = process.features.typescript ? [] : ['--import', 'jiti/register'];

const applications = readdirSync(folder)
  .filter((name) => existsSync(join(folder, name, 'main.ts')))
  .toSorted();
const failed = applications.filter((name) => !run(name));

if (failed.length > 0) {
  console.log(`${failed.length} of ${count(applications)} failed: ${failed.join(', ')}`);
  process.exitCode = 1;
} else if (applications.length === 0) {
  console.log(`no application in ${folder}`);
  process.exitCode = 1;
} else {
  console.log(`${count(applications)} ran`);
}

/** @param {string} name */
function run(name) {
  console.log(`== ${name}`);
  const main = join(folder, name, 'main.ts');
  const { status, signal } = spawnSync(process.execPath, [...loader, main], { cwd: dirname(here), stdio: 'inherit' });
  if (status !== 0) console.log(`${name} ended with ${signal ?? `exit code ${status}`}`);
  console.log();
  return status === 0;
}

/** @param {readonly string[]} names */
function count(names) {
  return names.length === 1 ? '1 application' : `${names.length} applications`;
}
