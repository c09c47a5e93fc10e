// Compares this build with bench/recorded.json, in less than a minute: `npm run bench:check`, which CI runs. What can be
// counted has to be the same; the ratios to a bare script, by processor time on one core and the least of several turns,
// may be half as large again, which a busy machine does not reach. After an intended change:
// `npm run bench:check -- --record`.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare } from './compare.mjs';
import { countAllSyncs, countStatements } from './counts.mjs';
import { measure as measureImport } from './rows/import.mjs';
import { smallMigrations } from './support.mjs';
import * as bare from './tools/bare.mjs';
import * as cli from './tools/dunlin-cli.mjs';
import * as dunlin from './tools/dunlin.mjs';

const tolerance = 1.5;
const file = new URL('recorded.json', import.meta.url);
const tools = { bare, dunlin, 'dunlin-cli': cli };
const bench = {
  folder: mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'dunlin-check-')),
  tools,
  rounds: { least: 5, most: 5, scale: 1 },
  modes: ['pinned'],
};

try {
  const found = { counts: { ...countStatements(), fsyncs: countAllSyncs() }, ratios: ratios() };
  if (process.argv.includes('--record')) {
    writeFileSync(file, `${JSON.stringify(found, undefined, 2)}\n`);
    console.log(JSON.stringify(found, undefined, 2));
  } else report(found, JSON.parse(readFileSync(file, 'utf8')));
} finally {
  rmSync(bench.folder, { recursive: true, force: true });
}

/**
 * How many times a bare script's processor time Dunlin takes, both as whole processes: a busy machine slows both down,
 * where it would slow down the larger work more.
 */
function ratios() {
  const [hundred, thousand] = [smallMigrations(100), smallMigrations(1000)];
  const of = (work, tool, measure) => {
    const found = Object.values(compare(bench, work)).find((byTool) => Object.keys(byTool).length > 0);
    return Number((found[tool][measure].least / found.bare[measure].least).toFixed(2));
  };
  const [{ runs }] = measureImport({ ...bench, tools: {} }).columns;
  const { dunlin: imported } = Object.values(runs).find((byName) => Object.keys(byName).length > 0);
  return {
    'fresh-100-process': of({ migrations: hundred, tools: { bare, dunlin } }, 'dunlin', 'cpu'),
    'nothing-1000-process': of(
      { migrations: thousand, applied: thousand, tools: { bare, 'dunlin-cli': cli } },
      'dunlin-cli',
      'cpu',
    ),
    'status-1000-process': of(
      { action: 'status', migrations: thousand, applied: thousand, tools: { bare, 'dunlin-cli': cli } },
      'dunlin-cli',
      'cpu',
    ),
    import: Number((1 + imported.cpu.least / imported.cpu.empty).toFixed(2)),
  };
}

function report(found, recorded) {
  const lines = [];
  for (const [name, value] of Object.entries(found.counts)) {
    // Without strace nothing is compared.
    if (value === undefined || recorded.counts[name] === undefined) continue;
    const [now, before] = [JSON.stringify(value), JSON.stringify(recorded.counts[name])];
    if (now !== before) lines.push(`${name}: ${now}, recorded ${before}`);
  }
  for (const [name, value] of Object.entries(found.ratios)) {
    const before = recorded.ratios[name];
    console.log(`${name}: ${value} × (recorded ${before})`);
    if (value > before * tolerance)
      lines.push(`${name}: ${value} ×, recorded ${before}, at most ${(before * tolerance).toFixed(2)}`);
  }
  if (lines.length === 0) return console.log('as recorded');
  console.error(
    `Not as recorded in bench/recorded.json (\`npm run bench:check -- --record\` records it):\n  ${lines.join('\n  ')}`,
  );
  process.exitCode = 1;
}
