// Runs the probes of bench/probes with Dunlin and other tools, and writes the comparison of README.md. A probe is a real
// run of a real tool; its cell says what was seen. `npm run bench:probes`, in a few minutes.
//
//   npm run bench:probes -- --only drift          some probes, printed, without writing the page
//   npm run bench:probes -- --tool knex           some tools
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { insertGenerated } from '../scripts/docs/insert.mjs';
import { install, root, withFolder } from '../test/adopt/project.mjs';
import { probes, tools } from './probes/index.mjs';

const several = { type: 'string', multiple: true, default: [] };
const { values: options } = parseArgs({ options: { only: several, tool: several } });
const chosen = (all, names) => (names.length === 0 ? all : all.filter(({ name }) => names.includes(name)));
const columns = chosen(tools, options.tool);

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error(`The tools are packages for linux-x64, and this is ${process.platform}-${process.arch}.`);
  process.exit(1);
}
install();
const rows = [];
for (const { name, title, probe } of chosen(probes, options.only)) {
  const cells = columns.map((tool) => withFolder((folder) => probe(tool, folder)));
  console.log(`${name}: ${cells.map((cell, i) => `${columns[i].name} ${cell}`).join('; ')}`);
  rows.push([title, ...cells]);
}
if (options.only.length === 0 && options.tool.length === 0) {
  const day = new Date().toISOString().slice(0, 10);
  const heads = [`seen on ${day}`, ...columns.map((tool) => `${tool.name} ${tool.version()}`)];
  const lines = [heads, heads.map(() => '---'), ...rows].map((line) => `| ${line.join(' | ')} |`);
  const page = join(root, 'README.md');
  writeFileSync(page, insertGenerated(readFileSync(page, 'utf8'), '`npm run bench:probes`', lines.join('\n')));
}
