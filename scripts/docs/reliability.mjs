import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * The test files of each suite: those in which its name is given to tried().
 *
 * @param {string} root
 * @returns {Map<string, string[]>}
 */
export function findSuites(root) {
  const found = new Map();
  for (const folder of ['src', 'test'])
    for (const path of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      const file = join(folder, path).replaceAll('\\', '/');
      if (!file.endsWith('.test.ts')) continue;
      for (const [, name] of readFileSync(join(root, file), 'utf8').matchAll(/\btried\(\s*'([^']+)'/g))
        found.set(name, [...new Set([...(found.get(name) ?? []), file])].toSorted());
    }
  return found;
}

/**
 * The generated part of docs/explanation/reliability.md.
 *
 * @param {object} run
 * @param {readonly { promise: string, suites: readonly string[] }[]} run.promises
 * @param {Readonly<Record<string, string>>} run.suites what each of them makes go wrong
 * @param {ReadonlyMap<string, readonly string[]>} run.files of the suites
 * @param {ReadonlyMap<string, number>} run.points that the suites noted
 * @param {ReadonlyMap<string, number>} run.failed tests of the files
 * @param {readonly string[]} run.skipped titles of tests
 * @param {string} run.about when and on what
 * @returns {{ page: string, problems: string[] }} `problems` are suites that tried nothing, and the like
 */
export function reliabilityTables({ promises, suites, files, points, failed, skipped, about }) {
  const named = new Set(promises.flatMap((promise) => promise.suites));
  const problems = [
    ...[...named].filter((name) => suites[name] === undefined).map((name) => `${name} is not described`),
    ...Object.keys(suites).flatMap((name) => (named.has(name) ? [] : [`no promise names ${name}`])),
    ...[...points.keys()].flatMap((name) => (suites[name] === undefined ? [`${name} is not in the list`] : [])),
  ];
  const missing = Object.keys(suites).filter((name) => !((points.get(name) ?? 0) > 0));
  const there = (name) => !missing.includes(name);
  const violations = (names) => {
    const all = new Set(names.flatMap((name) => files.get(name) ?? []));
    return sum([...all].map((file) => failed.get(file) ?? 0));
  };
  const row = (what, how, names) => {
    const known = names.filter(there);
    const tried = sum(known.map((name) => points.get(name)));
    return `| ${what} | ${how(known)} | ${tried.toLocaleString('en')} | ${violations(known)} |`;
  };
  const link = (name) => linksOf(name, files.get(name) ?? []);
  const page = [
    about,
    '',
    '| promise | how it is tested | fault points tried | violations |',
    '|---|---|--:|--:|',
    ...promises.map((one) => row(one.promise, (names) => names.join(', ') || 'not in this run', one.suites)),
    '',
    'After each fault the test checks everything that it could have broken, so one fault point counts for several promises.',
    `In all there were ${sum([...points.values()]).toLocaleString('en')}:`,
    '',
    '| suite | what goes wrong in it | fault points tried | violations |',
    '|---|---|--:|--:|',
    ...Object.entries(suites).flatMap(([name, what]) => (there(name) ? [row(link(name), () => what, [name])] : [])),
    ...(missing.length === 0 ? [] : ['', `Not in this run: ${missing.join(', ')}.`]),
    ...(skipped.length === 0 ? [] : ['', `Skipped on this machine: ${skipped.join('; ')}.`]),
  ].join('\n');
  return { page: `${page}\n`, problems: [...problems, ...missing.map((name) => `${name} has tried nothing`)] };
}

/** Links the suite's name to its file, or each of its files. */
function linksOf(name, files) {
  const to = (text, file) => `[${text}](../../${file})`;
  if (files.length === 1) return to(name, files[0]);
  return `${name} (${files.map((file) => to(basename(file, '.test.ts'), file)).join(', ')})`;
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
