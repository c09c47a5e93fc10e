import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { layerOf, layers, roomOf } from '../layers.mjs';

/** A file with one importer and at most this many lines could be part of its importer. */
const smallLines = 25;

/**
 * The rooms of `src` as the imports show them.
 *
 * @param {string} root the folder of the project
 */
function structureOf(root) {
  const src = join(root, 'src');
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const lines = new Map();
  const exportsOf = new Map();
  const edges = [];
  for (const file of files) {
    const text = readFileSync(join(src, file), 'utf8');
    lines.set(file, text.split('\n').length - 1);
    const reexported = new Map();
    for (const { groups } of text.matchAll(
      /^(?:import|export)\s+(?<type>type\s+)?(?<what>[\w$*{},\s]+?)\s+from '(?<path>\.[^']+)'/gm,
    )) {
      const to = posix.join(posix.dirname(file), groups.path);
      const names = groups.what
        .replaceAll(/[{}]|\btype\s/g, '')
        .split(',')
        .map((name) => name.trim().split(' as ')[0])
        .filter(Boolean);
      edges.push({ from: file, to, names, isType: groups.type !== undefined });
      for (const name of names) reexported.set(name, to);
    }
    if (file.endsWith('/index.ts')) exportsOf.set(file, reexported);
  }
  // A name imported through an index counts as imported from the file that declares it.
  const homeOf = (file, name) => {
    const next = exportsOf.get(file)?.get(name);
    return next === undefined || next === file ? file : homeOf(next, name);
  };
  const direct = edges
    .filter(({ from }) => !exportsOf.has(from))
    .flatMap(({ from, to, names, isType }) => names.map((name) => ({ from, to: homeOf(to, name), isType })));
  const importers = new Map();
  for (const { from, to } of direct) importers.set(to, new Set([...(importers.get(to) ?? []), from]));
  const between = edges.map(({ from, to }) => [roomOf(from), roomOf(to)]).filter(([from, to]) => from !== to);
  const rooms = layers
    .flatMap((layer) => Object.keys(layer))
    .map((room) => {
      const own = files.filter((file) => roomOf(file) === room);
      const imported = [...new Set(between.filter(([from]) => from === room).map(([, to]) => to))];
      const order = (a, b) => layerOf(a) - layerOf(b);
      return {
        room,
        files: own.length,
        lines: sum(own.map((file) => lines.get(file))),
        imports: imported.toSorted(order),
      };
    });
  const plain = files.filter((file) => !exportsOf.has(file) && importers.get(file)?.size === 1);
  const sizes = [...lines.values()].toSorted((a, b) => a - b);
  return {
    rooms,
    figures: {
      files: files.length,
      lines: sum(sizes),
      'median lines of a file': sizes[Math.floor(sizes.length / 2)],
      'files of more than 300 lines': sizes.filter((size) => size > 300).length,
      'files that import themselves through others, types aside': countInCycles(direct.filter(({ isType }) => !isType)),
      'files directly in `src`': files.filter((file) => !file.includes('/')).length,
      'files with one importer': plain.length,
      [`of these with at most ${smallLines} lines`]: plain.filter((file) => lines.get(file) <= smallLines).length,
    },
  };
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

/** How many files import themselves through others. */
function countInCycles(edges) {
  const next = new Map();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const reaches = (start) => {
    const seen = new Set();
    const queue = [...(next.get(start) ?? [])];
    while (queue.length > 0) {
      const file = queue.pop();
      if (file === start) return true;
      if (!seen.has(file)) queue.push(...(next.get(file) ?? []));
      seen.add(file);
    }
    return false;
  };
  return [...next.keys()].filter(reaches).length;
}

/** The tables of docs/internals/architecture.md. */
export function structureTables(root) {
  const { rooms, figures } = structureOf(root);
  const words = Object.assign({}, ...layers);
  const number = (value) => value.toLocaleString('en');
  return [
    '| room | what it contains | imports | files | lines |',
    '|---|---|---|--:|--:|',
    ...rooms.map(
      ({ room, files, lines, imports }) =>
        `| \`${room}\` | ${words[room]} | ${imports.join(', ') || 'nothing'} | ${files} | ${number(lines)} |`,
    ),
    '',
    '| figure | |',
    '|---|--:|',
    ...Object.entries(figures).map(([name, value]) => `| ${name} | ${number(value)} |`),
  ].join('\n');
}

/** The layers, innermost first, in lines of at most 100 columns. */
export function layersLine() {
  const names = layers
    .map((layer) => Object.keys(layer))
    .map((rooms) => (rooms.length > 1 ? `{${rooms.join(', ')}}` : rooms[0]));
  return names.reduce((text, name) => {
    const last = text.slice(text.lastIndexOf('\n') + 1);
    return last.length + name.length + 3 > 100 ? `${text}\n  ← ${name}` : `${text} ← ${name}`;
  });
}
