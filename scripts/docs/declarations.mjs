import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * What a module exports, with its doc comment and declaration.
 *
 * @typedef {{ name: string, kind: 'function' | 'class' | 'const' | 'interface' | 'type', doc: string, text: string }} Declaration
 */

/** Every export of a declaration file, in the order in which it is exported: its own first. */
export function exportsOf(file) {
  return exportedNames(file).map((name) => {
    const found = find(name, file);
    if (found === undefined) throw new Error(`${file} exports ${name}, which is declared nowhere`);
    return found;
  });
}

function exportedNames(file) {
  const text = readFileSync(file, 'utf8');
  const own = [...text.matchAll(/^export (?:declare )?(?:abstract )?(?:function|class|const|interface|type) (\w+)/gm)];
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from/gm)].flatMap(([, list]) => listed(list));
  const stars = [...text.matchAll(/^export \* from '([^']+)'/gm)].flatMap(([, from]) =>
    exportedNames(target(file, from)),
  );
  return [...new Set([...own.map(([, name]) => name), ...lists, ...stars])];
}

/** The declaration of a name that a file exports. */
function find(name, file) {
  const text = readFileSync(file, 'utf8');
  const declared = new RegExp(
    `^export (?:declare )?(?:abstract )?(function|class|const|interface|type) ${name}\\b`,
    'm',
  ).exec(text);
  if (declared !== null) return withBase(declaration(name, declared[1], text, declared.index), text, file);
  for (const [, list, from] of text.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)'/gm))
    if (listed(list).includes(name)) return find(name, target(file, from));
  for (const [, from] of text.matchAll(/^export \* from '([^']+)'/gm)) {
    const found = find(name, target(file, from));
    if (found !== undefined) return found;
  }
  return undefined;
}

function declaration(name, kind, text, start) {
  const before = text.slice(0, start);
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(before)?.[1] ?? '';
  const code = text.slice(start, endOf(text, start, kind === 'class' || kind === 'interface'));
  return { name, kind, doc: undecorated(comment), text: tidy(code) };
}

/** A class that extends one of ours is shown with what it inherits. */
function withBase(found, text, file) {
  const base = found.kind === 'class' ? / extends (\w+)/.exec(found.text)?.[1] : undefined;
  const imported = base && new RegExp(`import \\{[^}]*?(\\w+)(?: as ${base})[^}]*\\} from '([^']+)'`).exec(text);
  if (!imported) return found;
  const inherited = find(imported[1], target(file, imported[2]));
  const members = inherited.text.slice(inherited.text.indexOf('{') + 1).replace(/\n {2}constructor\([^\n]*/, '');
  const own = found.text.replace(` extends ${base}`, '').replace(/\n\}$/, '');
  return { ...found, doc: `${found.doc}\n\n${inherited.doc}`, text: own + members };
}

/** Where a declaration ends: at its closing brace, or at its semicolon. */
function endOf(text, start, braces) {
  const token = /\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\.)*'|[{}()[\];]/g;
  token.lastIndex = start;
  let depth = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [mark] = match;
    if ('{(['.includes(mark)) depth++;
    else if ('})]'.includes(mark)) depth--;
    if (depth === 0 && (mark === ';' || (braces && mark === '}'))) return token.lastIndex;
  }
  throw new Error(`no end of ${text.slice(start, start + 60)}`);
}

function tidy(code) {
  return code
    .replace(/^export (?:declare )?/, '')
    .replace(/\n\s*#private;/, '')
    .replaceAll(/^(?: {4})+/gm, (indent) => ' '.repeat(indent.length / 2));
}

function undecorated(comment) {
  return comment.replaceAll(/^[ \t]*\*? ?/gm, '').trim();
}

function listed(list) {
  return list
    .split(',')
    .map((item) => item.replace(/^\s*type\s/, '').trim())
    .filter((item) => item !== '');
}

function target(file, from) {
  return resolve(dirname(file), from).replace(/\.ts$/, '.d.ts');
}
