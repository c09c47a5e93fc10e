import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { areas } from './acceptance-rows.mjs';

const head = `# What Dunlin has to do

Dunlin was made for four applications, and each is here as a small [example](../examples) that runs: \`npm run examples\`.
These are their needs, row by row, and the tests that show them: a test, or a group of them, names its rows in its
title, as in \`[A6] rolls a failing migration back\`. \`npm run docs\` fails as long as a row has no test.
`;

/**
 * The table of the rows with their tests, and what is wrong with it: a row without a test, a test of a row that is not
 * there.
 *
 * @param {string} root
 * @param {typeof areas} list
 * @returns {{ page: string, problems: string[] }}
 */
export function acceptancePage(root, list = areas) {
  const rows = new Map(list.flatMap((area) => area.rows).map((row) => [row.id, row]));
  const tests = findTests(root);
  const shown = new Map([...rows.keys()].map((id) => [id, tests.filter((test) => test.rows.includes(id))]));
  const problems = [
    ...tests.flatMap(({ rows: named, file }) =>
      named.filter((id) => !rows.has(id)).map((id) => `${file} names the row ${id}, which is not in the list`),
    ),
    ...[...rows.values()]
      .filter(({ id }) => shown.get(id).length === 0)
      .map(({ id, text }) => `${id} has no test: ${text}`),
  ];
  return { page: `${head}\n${list.map((area) => section(root, area, shown)).join('\n')}`, problems };
}

/** The titles that name rows, by file. A title is a text in a test file, whether it stands in a call or in a list of cases. */
function findTests(root) {
  const files = ['src', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, file).replaceAll('\\', '/'),
    ),
  );
  return files
    .filter((file) => file.endsWith('.test.ts') && !file.startsWith('test/fixtures/'))
    .toSorted()
    .flatMap((file) => titlesIn(readFileSync(join(root, file), 'utf8')).map((test) => ({ file, ...test })));
}

const named = String.raw`\[[A-Z]\d+\]|\(row [A-Z]\d+\)`;
// Not the title of a test that does not run.
const literal = new RegExp(
  String.raw`(?<!\.(?:skip|todo)\(\s*)(['"\`])((?:(?!\1)[^\\\n]|\\.)*?(?:${named})(?:(?!\1)[^\\\n]|\\.)*)\1`,
  'g',
);

function titlesIn(text) {
  return [...text.matchAll(literal)].map((match) => ({
    rows: [...match[2].matchAll(new RegExp(named, 'g'))].map(([name]) => /[A-Z]\d+/.exec(name)[0]),
    groups: groupsAround(text, match.index).map(plain),
    title: plain(match[2]),
  }));
}

/** The titles of the groups that a test stands in, told by the indentation that the formatter gives. */
function groupsAround(text, index) {
  const [, ...lines] = text.slice(0, text.indexOf('\n', index)).split('\n').toReversed();
  let indent = /^ */.exec(text.slice(text.lastIndexOf('\n', index) + 1))[0].length;
  const groups = [];
  for (const line of lines) {
    const [, space, , title] = /^( *)(?:describe|on[A-Z]\w*)[^'"`]*\((['"`])(.*?)\2, /.exec(line) ?? [];
    if (title === undefined || space.length >= indent) continue;
    indent = space.length;
    groups.unshift(title);
  }
  return groups;
}

function plain(title) {
  return title
    .replaceAll(new RegExp(`,? *(?:${named})`, 'g'), '')
    .replaceAll(/\$\{[^}]*\}|%[sjid]/g, '…')
    .replaceAll(/\\(.)/g, '$1')
    .trim();
}

function section(root, { letter, title, about, example, rows }, shown) {
  const place = example !== undefined && existsSync(join(root, 'examples', example, 'README.md'));
  const link = place ? ` The application: [examples/${example}](../examples/${example}/README.md).` : '';
  const lines = rows.map((row) => `| ${row.id} | ${escape(row.text)} | ${evidence(row, shown.get(row.id))} |`);
  return `## ${letter}. ${title}\n\n${about}${link}\n\n| row | what | shown by |\n|---|---|---|\n${lines.join('\n')}\n`;
}

function evidence({ also = [] }, tests) {
  const places = new Map();
  for (const { file, groups, title } of tests) {
    const place = [`[${file}](../${file})`, ...groups.map(escape)].join(' › ');
    places.set(place, (places.get(place) ?? new Set()).add(escape(title)));
  }
  const lines = [...places].map(([place, titles]) => `${place} › ${[...titles].join(' · ')}`);
  lines.push(...also.map(([file, what]) => `[${file}](../${file}) › ${escape(what)}`));
  return lines.length > 0 ? lines.join('<br>') : '**no test**';
}

/** Text, except code in backticks, that a page must not take for markup. */
function escape(text) {
  return text.replaceAll(/`[^`]*`|[\\`*_<>[\]|]/g, (found) => (found.length > 1 ? found : `\\${found}`));
}
