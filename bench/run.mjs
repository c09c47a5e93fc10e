// Measures Dunlin beside a bare script and other tools: `npm run bench`, in less than ten minutes. It writes the tables of
// docs/explanation/performance.md.
//
//   npm run bench                     everything that takes minutes
//   npm run bench -- --full           also large files and databases, other versions of Node, rebuilds and guards
//   npm run bench -- --only status    some rows, printed, without writing the pages
//   npm run bench -- --quick          fewer rounds
//   npm run bench -- --on /tmp        where the databases are made; /dev/shm where there is one
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { insertGenerated } from '../scripts/docs/insert.mjs';
import { aboutThisRun, fullPart, mainPart, printed } from './report.mjs';
import { peers, peersFolder, root, versionOf } from './support.mjs';

const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    on: { type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : tmpdir() },
  },
});
/** In the order of the page. */
const rows = ['new-database', 'every-start', 'status', 'import', 'growth'];
const fullRows = ['large-file', 'large-database', 'fsyncs', 'node-versions', 'backup', 'rebuild', 'guards'];
const chosen = options.only.length > 0 ? options.only : [...rows, ...(options.full ? fullRows : [])];

// Before this adds to it.
const [load] = loadavg();
installPeers();
const bench = {
  folder: mkdtempSync(join(options.on, 'dunlin-bench-')),
  tools: await loadTools(),
  rounds: options.quick ? { least: 1, most: 2, scale: 0 } : { least: 2, most: 15, scale: 1 },
};
try {
  const results = [];
  for (const row of chosen) {
    const began = performance.now();
    const { title, about, measure } = await import(`./rows/${row}.mjs`);
    const result = { row, title, about, ...(await measure(bench)) };
    results.push(result);
    console.log(`${printed(result, bench.tools)}\n(${((performance.now() - began) / 1000).toFixed(0)} s)\n`);
  }
  if (options.only.length === 0) writePages(results);
} finally {
  rmSync(bench.folder, { recursive: true, force: true });
}

/** Rows of the full form stay as they are on the page until they are measured again. */
function writePages(results) {
  const about = aboutThisRun(options.on, load);
  const page = join(root, 'docs/explanation/performance.md');
  let text = readFileSync(page, 'utf8');
  const main = results.filter(({ row }) => rows.includes(row));
  text = insertGenerated(text, '`npm run bench`', mainPart(main, bench.tools, about));
  const full = results.filter(({ row }) => fullRows.includes(row));
  if (full.length > 0) text = insertGenerated(text, '`npm run bench -- --full`', fullPart(full, about));
  writeFileSync(page, text);
}

/** The packages of other tools, once. Without them the rest is measured. */
function installPeers() {
  const from = join(root, 'bench/peers');
  const { dependencies } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
  cpSync(from, peersFolder, { recursive: true });
  if (Object.entries(dependencies).every(([name, version]) => versionOf(name) === version)) return;
  console.log('installing the other tools, once ...');
  // Not `npm ci`: it demands dbmate's programs for every other platform too.
  const { status } = spawnSync('npm', ['install', '--no-save'], {
    cwd: peersFolder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0)
    console.log('the other tools could not be installed: Dunlin is measured without those that are missing');
}

/** What is measured, by its file: the floor first, then Dunlin, then the others as they are installed. */
async function loadTools() {
  const first = ['bare', 'dunlin', 'dunlin-cli'];
  const others = readdirSync(join(root, 'bench/tools'))
    .filter((file) => file !== 'shared.mjs')
    .map((file) => file.replace('.mjs', ''))
    .filter((name) => !first.includes(name))
    .toSorted();
  const tools = {};
  for (const name of [...first, ...others]) {
    try {
      const tool = await import(`./tools/${name}.mjs`);
      if ((tool.packages ?? []).every((one) => existsSync(join(peers, one)))) tools[name] = tool;
    } catch (error) {
      console.log(`${name} is not measured: ${error.message}`);
    }
  }
  return tools;
}
