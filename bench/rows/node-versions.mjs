// The command line and the library on other versions of Node, by node:sqlite where Node has it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compare } from '../compare.mjs';
import { peers, smallMigrations } from '../support.mjs';

export const title = 'Other versions of Node';
export const about =
  'Processor time of whole processes, least of all rounds, pinned to one core where that is possible.';

export function measure(bench) {
  const node24 = join(peers, 'node-24/bin/node');
  const thousand = smallMigrations(1000);
  const rows = [
    ['100 new', { migrations: smallMigrations(100), seconds: 10 }],
    ['1,000 new', { migrations: thousand, seconds: 20 }],
    ['nothing pending of 1,000', { migrations: thousand, applied: thousand, seconds: 20 }],
    ['status of 1,000', { action: 'status', migrations: thousand, applied: thousand, seconds: 20 }],
  ];
  const nodes = [
    [`Node ${process.versions.node}, better-sqlite3`, {}],
    ['Node 24.21.0, node:sqlite', { node: node24, env: { DUNLIN_BENCH_DRIVER: 'node:sqlite' } }],
  ].filter(([, { node }]) => node === undefined || existsSync(node));
  const { bare, dunlin } = bench.tools;
  const tools = { bare, dunlin, 'dunlin-cli': bench.tools['dunlin-cli'] };
  return {
    lines: nodes.flatMap(([name, options]) =>
      rows.map(([what, work]) => {
        const { pinned = {}, free } = compare(bench, { ...work, tools, options });
        const found = Object.keys(pinned).length > 0 ? pinned : free;
        const least = (tool) => found[tool]?.cpu.least;
        const part = (tool) =>
          least(tool) === undefined
            ? ''
            : `, ${tools[tool].label} ${least(tool).toFixed(0)} ms (${(least(tool) / least('bare')).toFixed(2)} ×)`;
        return `${name}, ${what}: bare script ${least('bare').toFixed(0)} ms${part('dunlin')}${part('dunlin-cli')}`;
      }),
    ),
  };
}
