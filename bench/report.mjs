import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import Database from 'better-sqlite3';
import { versionOf } from './support.mjs';

/** The measures of a column: by processor time, and by the clock. */
const measures = {
  work: { cpu: 'workCpu', wall: 'work' },
  warm: { cpu: 'warmCpu', wall: 'warm' },
  process: { cpu: 'cpu', wall: 'wall' },
  peak: { cpu: 'peak', wall: 'peak' },
};

/** The least and the middle of a tool in a column; undefined where it has none. */
function cell({ of, runs }, tool, by) {
  const mode = by === 'cpu' && runs.pinned !== undefined && Object.keys(runs.pinned).length > 0 ? 'pinned' : 'free';
  const found = runs[mode][tool];
  return found?.[measures[of][by]];
}

/** Three figures that mean something. */
function figure(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(2);
}

const unit = ({ of }) => (of === 'peak' ? 'MB' : 'ms');

function table(columns, tools, by) {
  const floor = tools.bare === undefined ? undefined : 'bare';
  const head = ['', ...columns.map((column) => `${column.head} (${unit(column)})`)];
  const lines = Object.entries(tools)
    .filter(([name]) => columns.some((column) => cell(column, name, by) !== undefined))
    .map(([name, { label, packages }]) => {
      const version = packages === undefined ? '' : ` ${versionOf(packages[0])}`;
      return [
        `${label}${version}`,
        ...columns.map((column) => {
          const found = cell(column, name, by);
          if (found === undefined) return '';
          const least = floor === undefined ? undefined : cell(column, floor, by)?.least;
          const ratio = least === undefined || name === floor ? '' : `, ${(found.least / least).toFixed(1)} ×`;
          return `${figure(found.least)} (${figure(found.middle)})${ratio}`;
        }),
      ];
    });
  return [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...lines]
    .map((line) => `| ${line.join(' | ')} |`)
    .join('\n');
}

/** The tables of a result that have something in them. */
function tables({ columns }, tools) {
  return [
    ['Processor time, pinned to one core', 'cpu'],
    ['By the clock, not pinned', 'wall'],
  ]
    .map(([head, by]) => ({ head, text: table(columns, tools, by) }))
    .filter(({ text }) => text.split('\n').length > 2);
}

/** A result as the terminal shows it. */
export function printed(result, tools) {
  const { title, lines } = result;
  if (lines !== undefined) return `${title}\n${lines.map((line) => `  ${line}`).join('\n')}`;
  return tables(result, tools)
    .map(({ head, text }) => `${title}. ${head}\n${text}`)
    .join('\n');
}

/** The tables of the page. */
export function mainPart(results, tools, about) {
  const parts = results.map(
    (result) =>
      `### ${result.title}\n\n${result.about}\n\n${tables(result, tools)
        .map(({ head, text }) => `${head}:\n\n${text}`)
        .join('\n\n')}`,
  );
  return `${about}\n\n${parts.join('\n\n')}`;
}

/** What only the full form measures. */
export function fullPart(results, about) {
  const parts = results.map(
    ({ title, about: what, lines }) => `### ${title}\n\n${what}\n\n${lines.map((line) => `- ${line}`).join('\n')}`,
  );
  return `${about}\n\n${parts.join('\n\n')}`;
}

/** The machine and the versions, and how busy it was before. */
export function aboutThisRun(folder, load) {
  const db = new Database(':memory:');
  const { version } = db.prepare('SELECT sqlite_version() AS version').get();
  db.close();
  const { version: dunlin } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const day = new Date().toISOString().slice(0, 10);
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const isBusy = load > availableParallelism();
  const busy = isBusy
    ? ` Other work ran on the machine (load ${load.toFixed(0)}): only the processor time means something.`
    : '';
  return `${day}: Dunlin ${dunlin}, Node ${process.versions.node}, better-sqlite3 ${versionOf('better-sqlite3', new URL('../node_modules', import.meta.url).pathname)} (SQLite ${version}), ${cpus()[0]?.model ?? 'an unknown processor'} (${availableParallelism()} cores), ${memory}, ${platform()} ${arch()}, databases in ${folder}.${busy} Each cell: the least of all rounds, the middle one in brackets, and how many times the bare script's.`;
}
