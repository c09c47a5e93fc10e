// The table of README.md: the results without the view, where changes with the same kind of result share a line.
import { versionOf } from '../project.mjs';
import { table } from './words.mjs';

/** @param {string[][]} lines of the table of the page; the first one has the usual losses */
export function shortTable(lines) {
  const [[, , , usual]] = lines;
  const groups = { usual: [], more: [], fails: [], nothing: [] };
  for (const [title, , , migrator, dunlin] of lines) groups[kindOf(migrator, usual)].push({ title, migrator, dunlin });
  const seen = Object.values(groups).filter((group) => group.length > 0);
  const rows = seen.map((group) => {
    const of = (column) => [...new Set(group.map((one) => one[column]))];
    const titles = of('title')
      .join(', ')
      .replaceAll(/, NOT NULL (?=in|beside)/g, ', ');
    return [titles, together(of('migrator'), usual), of('dunlin').join(', ')];
  });
  return table(['change', `\`migrate()\` of drizzle-orm ${versionOf('drizzle-orm')}`, '`dunlin up`'], rows);
}

function kindOf(result, usual) {
  if (result === usual) return 'usual';
  if (result.startsWith('loses ')) return 'more';
  return result.startsWith('fails: ') ? 'fails' : 'nothing';
}

/** One result in words, several as what they have in common and what they differ in. */
function together(results, usual) {
  if (results.length === 1) return results[0].replace(/ of users: \d+/, '');
  if (results[0].startsWith('fails: ')) return `fails: ${results.map((one) => one.replace('fails: ', '')).join(', ')}`;
  const losses = (result) => result.replace('loses ', '').split(', ');
  const more = results.flatMap(losses).filter((loss) => !losses(usual).includes(loss));
  return `loses the same, and ${more.join(', ')}`;
}
