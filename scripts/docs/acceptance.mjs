import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { areas } from './acceptance-rows.mjs';

const head = `# Acceptance rows

Dunlin was made for four applications, and each is here as a small [example](../../examples) that runs: \`npm run examples\`.
This page lists their needs, row by row, and the tests that show them. \`test/acceptance.json\` says which tests those are;
\`npm run docs\` fails if a row has no test, or names one that does not exist.
`;

/**
 * The page of the rows with their tests, and what is wrong with it: a row without a test, a test that does not exist, a
 * title that carries the code of a row.
 *
 * @param {string} root
 * @param {typeof areas} list
 * @returns {{ page: string, problems: string[] }}
 */
export function acceptancePage(root, list = areas) {
  const table = JSON.parse(readFileSync(join(root, 'test/acceptance.json'), 'utf8'));
  const rows = list.flatMap((area) => Object.entries(area.rows));
  const problems = [];
  const shown = new Map(
    rows.map(([id, text]) => {
      const tests = Object.entries(table[id] ?? {}).flatMap(([file, titles]) =>
        titles.map((title) => ({ file, title, groups: findTest(root, file, title) })),
      );
      const found = tests.filter(({ groups }) => groups !== undefined);
      for (const { file, title } of tests.filter((test) => !found.includes(test)))
        problems.push(`${id} names a test that does not exist: ${file}, "${title}"`);
      if (found.length === 0) problems.push(`${id} has no test: ${text}`);
      return [id, found];
    }),
  );
  for (const id of Object.keys(table).filter((id) => !shown.has(id)))
    problems.push(`test/acceptance.json has a row ${id} that is not in the list`);
  problems.push(...titlesWithCodes(root));
  return { page: `${head}\n${list.map((area) => section(root, area, shown)).join('\n')}`, problems };
}

/** The titles of the groups around a test or a group of tests; undefined if the file has none of this title. */
function findTest(root, file, title) {
  const path = join(root, file);
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, 'utf8');
  // A scenario begins with its title.
  if (file.endsWith('.txt')) return text.startsWith(`# ${title}\n`) ? [] : undefined;
  const places = ["'", '"', '`'].flatMap((quote) => indexesOf(text, quote + quoted(title, quote) + quote));
  // A title stands in a call, or in a list of cases. What `skip` and `todo` name does not run.
  const running = places.filter((index) => !/\.(?:skip|todo)\(\s*$/.test(text.slice(0, index)));
  const index = running.find((at) => /\b(?:describe|it|on[A-Z]\w*)\b.*\(\s*$/.test(text.slice(0, at))) ?? running[0];
  return index === undefined ? undefined : groupsAround(text, index);
}

function quoted(title, quote) {
  return title.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`);
}

function indexesOf(text, part) {
  const found = [];
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) found.push(at);
  return found;
}

/** The titles of the groups that a test stands in, read from the indentation that the formatter gives. */
function groupsAround(text, index) {
  const [, ...lines] = text.slice(0, text.indexOf('\n', index)).split('\n').toReversed();
  let indent = /^ */.exec(text.slice(text.lastIndexOf('\n', index) + 1))[0].length;
  const groups = [];
  for (const line of lines) {
    const [, space, , title] = /^( *)(?:describe|on[A-Z]\w*)[^'"`]*\((['"`])(.*?)\2, /.exec(line) ?? [];
    if (title === undefined || space.length >= indent) continue;
    indent = space.length;
    groups.unshift(title.replaceAll(/\\(.)/g, '$1'));
  }
  return groups;
}

function titlesWithCodes(root) {
  const files = ['src', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, file).replaceAll('\\', '/'),
    ),
  );
  return files
    .filter((file) => file.endsWith('.test.ts') && !file.startsWith('test/fixtures/'))
    .toSorted()
    .flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/\[[A-E]\d{1,2}\]|\(rows? [A-E]\d{1,2}\b/g)].map(
        ([code]) => `${file} has ${code} in a title: name the test in test/acceptance.json instead`,
      ),
    );
}

function section(root, { letter, title, about, example, rows, also = {} }, shown) {
  const link =
    example !== undefined && existsSync(join(root, 'examples', example, 'README.md'))
      ? ` The application: [examples/${example}](../../examples/${example}/README.md).`
      : '';
  const lines = Object.entries(rows).map(
    ([id, text]) => `| ${id} | ${escape(text)} | ${evidence(shown.get(id), also[id])} |`,
  );
  return `## ${letter}. ${title}\n\n${about}${link}\n\n| row | what | shown by |\n|---|---|---|\n${lines.join('\n')}\n`;
}

function evidence(tests, also = []) {
  const places = new Map();
  for (const { file, groups, title } of tests) {
    const place = [linkTo(file), ...groups.map(plain)].join(' › ');
    places.set(place, (places.get(place) ?? new Set()).add(plain(title)));
  }
  const lines = [...places].map(([place, titles]) => `${place} › ${[...titles].join(' · ')}`);
  lines.push(...also.map(([file, what]) => `${linkTo(file)} › ${escape(what)}`));
  return lines.length > 0 ? lines.join('<br>') : '**no test**';
}

function linkTo(file) {
  return `[${file}](../../${file})`;
}

/** A title with dots for what each case puts in. */
function plain(title) {
  return escape(title.replaceAll(/\$\{[^}]*\}|\$\w+|%[sjid]/g, '…'));
}

/** Text, except code in backticks, that a page must not take for markup. */
function escape(text) {
  return text.replaceAll(/`[^`]*`|[\\`*_<>[\]|]/g, (found) => (found.length > 1 ? found : `\\${found}`));
}
