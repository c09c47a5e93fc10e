import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodesTable, readCommands } from './cli.mjs';

/** What an agent uses; the others are for people who set a project up or repair one. */
const shown = ['create', 'plan', 'try', 'up', 'status', 'dev', 'seed', 'check', 'repair'];

/** The generated parts of SKILL.md, each with what it is made from. */
export async function skillParts(root) {
  const commands = (await readCommands(root)).filter(({ name }) => shown.includes(name));
  const rows = shown.map((name) => {
    const { usage, summary } = commands.find((command) => command.name === name);
    return `| \`${usage}\` | ${summary} |`;
  });
  return {
    'docs/explanation/guards.md': tableBelow(root, 'docs/explanation/guards.md', 'What declares a loss'),
    'src/cli/exit-codes.ts': await exitCodesTable(root),
    'src/cli/commands': `| command | |\n|---|---|\n${rows.join('\n')}`,
  };
}

/** The first table below a heading of a page. */
function tableBelow(root, page, heading) {
  const text = readFileSync(join(root, page), 'utf8');
  const table = new RegExp(`^## ${heading}\n\n((?:\\|.*\n)+)`, 'm').exec(text);
  if (table === null) throw new Error(`${page} has no table below "${heading}"`);
  return table[1];
}
