import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { median, modesOf, prepareFolder, runTool } from './support.mjs';

/**
 * Runs a piece of work with each tool in turns, in cold processes, pinned to one core and not. Returns for both the least
 * and the middle of each measure, by tool.
 *
 * @param bench where databases go, the tools, and how many rounds.
 * @param work `action` of the tools on `migrations`, of which `applied` have run before; how often to `repeat` it in one
 * process; the `seconds` that all rounds may take; `options` for `runTool`.
 */
export function compare(
  bench,
  { action = 'migrate', migrations, applied, repeat = 1, seconds = 30, tools = bench.tools, options = {} },
) {
  const folder = mkdtempSync(join(bench.folder, 'row-'));
  const runners = Object.entries(tools)
    .filter(
      ([, tool]) =>
        tool.commands?.[action] !== undefined || (tool[action] !== undefined && tool.commands === undefined),
    )
    .map(([name, tool]) => ({ name, tool, ...ready(join(folder, name), name, tool) }));

  /** Its migration files, and the database as it is before each run. */
  function ready(own, name, tool) {
    const files = prepareFolder(join(own, 'migrations'), tool, applied ?? migrations);
    if (applied === undefined) return { files, own };
    const base = join(own, 'base.db');
    runTool({ name, tool, action: 'migrate', folder: files, databases: [base], ...options });
    if (migrations !== applied) prepareFolder(files, tool, migrations);
    return { files, own, base };
  }

  function once({ name, tool, files, own, base }, pinned) {
    const run = join(own, 'run');
    mkdirSync(run);
    const databases = Array.from({ length: repeat }, (_, i) => join(run, `${i}.db`));
    if (base !== undefined) for (const database of databases) copyFileSync(base, database);
    try {
      return runTool({ name, tool, action, folder: files, databases, pinned, ...options });
    } finally {
      rmSync(run, { recursive: true });
    }
  }

  const found = { pinned: {}, free: {} };
  try {
    const began = performance.now();
    for (let round = 0; round < bench.rounds.most; round++) {
      if (round >= bench.rounds.least && performance.now() - began > seconds * 1000 * bench.rounds.scale) break;
      for (const mode of modesOf(bench)) {
        // Each round begins with another tool.
        for (const runner of [...runners.slice(round % runners.length), ...runners.slice(0, round % runners.length)])
          (found[mode][runner.name] ??= []).push(once(runner, mode === 'pinned'));
      }
    }
  } finally {
    if (existsSync(folder)) rmSync(folder, { recursive: true });
  }
  return Object.fromEntries(Object.entries(found).map(([mode, byTool]) => [mode, mapValues(byTool, summary)]));
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

/** The least and the middle of each measure. */
function summary(runs) {
  const measures = Object.keys(runs[0]).filter((key) => typeof runs[0][key] === 'number');
  return Object.fromEntries(
    measures.map((measure) => {
      const values = runs.map((run) => run[measure]);
      return [measure, { least: Math.min(...values), middle: median(values) }];
    }),
  );
}
