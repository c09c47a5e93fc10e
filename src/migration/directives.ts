import { closest } from '../errors/index.ts';
import { firstIllegal, splitStatements, unquote, type SqlStatement } from '../sql/index.ts';
import type { Comment, Script } from './script.ts';
import { isSquash } from './squash.ts';
import type { BatchLine, Directives, Header, Rebuilds, Section } from './types.ts';

const directiveNames: readonly string[] = [
  'destructive',
  'no-transaction',
  'foreign-keys on',
  'batch',
  'together',
  'rebuilds',
];

const directive = /^(?:--|\/\*)\s*dunlin\s*:/i;

/** Mutable: generated files have thousands of directives. */
interface MutableDirectives {
  destructive: true | string[];
  noTransaction: boolean;
  foreignKeys: boolean;
  readonly batches: BatchLine[];
  together: number | undefined;
  rebuilds: Rebuilds | undefined;
}

/** The `-- dunlin:` lines. All but `batch` apply to the whole migration, wherever in the file they stand. */
export function readDirectives(script: Script): Directives {
  const found: MutableDirectives = {
    destructive: [],
    noTransaction: false,
    foreignKeys: false,
    batches: [],
    together: undefined,
    rebuilds: undefined,
  };
  for (const comment of script.comments) {
    const [begin] = directive.exec(comment.text) ?? [];
    if (begin === undefined) continue;
    const words = comment.text.slice(begin.length).replace(/\*\/$/, '').trim();
    const name = /^\S*/.exec(words)![0];
    const rest = words.slice(name.length).trimStart();
    if (comment.isLine) apply(found, name.toLowerCase(), rest, script, comment);
    else script.report('DIRECTIVE_NOT_ALONE', comment.start, {});
  }
  return found;
}

/** Whether a comment is a directive. */
export function isDirective(comment: Comment): boolean {
  return directive.test(comment.text);
}

function apply(found: MutableDirectives, name: string, rest: string, script: Script, comment: Comment): void {
  const invalid = (fact: string, example: string): void => {
    script.report('DIRECTIVE_INVALID', comment.start, { directive: name, fact, example: `-- dunlin: ${example}` });
  };
  switch (name) {
    case 'destructive': {
      const names = rest === '' ? [] : readNames(rest);
      if (names === undefined) invalid('takes names with commas between them', 'destructive users.email, orders');
      else if (rest === '') found.destructive = true;
      else if (found.destructive !== true) found.destructive.push(...names);
      return;
    }
    case 'no-transaction':
      if (rest === '') found.noTransaction = true;
      else invalid('stands alone', 'no-transaction');
      return;
    case 'foreign-keys':
      // `off` is the default.
      if (/^(?:on|off)$/i.test(rest)) found.foreignKeys = rest.toLowerCase() === 'on';
      else invalid('takes `on`', 'foreign-keys on');
      return;
    case 'batch':
      if (/^[1-9]\d{0,8}$/.test(rest)) found.batches.push({ size: Number(rest), offset: comment.start });
      else invalid('takes the number of rows of a batch', 'batch 10000');
      return;
    case 'together': {
      const last = /^0*[1-9]\d{0,14}$/.test(rest) ? Number(rest) : undefined;
      if (last === undefined) invalid('takes the version of the last migration of the set', 'together 303');
      else if (found.together !== undefined && found.together !== last)
        invalid(`stands twice, with ${found.together} and ${last}`, `together ${Math.max(found.together, last)}`);
      else found.together = last;
      return;
    }
    case 'rebuilds':
      if (/^(?:keep|as-written)$/i.test(rest)) found.rebuilds = rest.toLowerCase() as Rebuilds;
      else invalid('takes `keep` or `as-written`', 'rebuilds keep');
      return;
    case 'squash':
    case 'replaces':
      // `readSquash` has read them, and found the lines in order.
      if (!isSquash(script.text) || (name === 'squash' && comment.start > 0))
        invalid('stands in the first lines of a squash only', 'squash sha256:...');
      return;
    default: {
      const suggestion = closest(`${name} ${rest}`.trim(), directiveNames) ?? closest(name, directiveNames);
      script.report('DIRECTIVE_UNKNOWN', comment.start, { directive: name, suggestion, known: directiveNames });
    }
  }
}

/** `users.email, orders`; a name with other characters is quoted as in SQL. Undefined if it is no list of names. */
function readNames(list: string): string[] | undefined {
  const [statement, second] = splitStatements(list);
  if (statement === undefined || second !== undefined || firstIllegal(statement) !== undefined) return undefined;
  const names: string[] = [];
  let parts: string[] = [];
  let expectsName = true;
  for (const token of statement.tokens) {
    const isName = token.kind === 'word' || token.kind === 'quoted';
    if (isName !== expectsName || (!isName && token.text !== ',' && token.text !== '.')) return undefined;
    expectsName = !isName;
    if (isName) parts.push(unquote(token.text));
    else if (token.text === ',') {
      names.push(parts.join('.'));
      parts = [];
    }
  }
  return expectsName ? undefined : [...names, parts.join('.')];
}

/** A `batch` line applies to the statement below it. Returns the batch sizes by the statements' offsets. */
export function batchesIn(statements: readonly SqlStatement[], lines: readonly BatchLine[]): Map<number, number> {
  const batches = new Map<number, number>();
  // Both lists are in file order.
  let next = 0;
  for (const line of lines) {
    while (next < statements.length && statements[next]!.offset <= line.offset) next++;
    const [above, below] = [statements[next - 1], statements[next]];
    if (below !== undefined && (above === undefined || !isWithin(line, above))) batches.set(below.offset, line.size);
  }
  return batches;
}

function isWithin(line: BatchLine, statement: SqlStatement): boolean {
  return statement.offset < line.offset && line.offset < statement.offset + statement.sql.length;
}

/** Reports the `batch` lines that apply to no statement. */
export function refuseStrayBatches(script: Script, { batches }: Directives, sections: readonly Section[]): void {
  const used = sections.reduce((sum, section) => sum + section.batches.size, 0);
  if (used === batches.length) return;
  const batched = sections.flatMap((section) => [...section.batches.keys()]);
  for (const [i, line] of batches.entries()) {
    const end = batches[i + 1]?.offset ?? Number.POSITIVE_INFINITY;
    if (batched.some((offset) => offset > line.offset && offset < end)) continue;
    const fact = 'has to stand above an UPDATE or a DELETE of the UP or DOWN part';
    const example = `-- dunlin: batch ${line.size}`;
    script.report('DIRECTIVE_INVALID', line.offset, { directive: 'batch', fact, example });
  }
}

const headerLine = /^--\s*(migration|description|author|date|schema[- ]version)\s*:(.*)$/i;

/** The `-- Key: value` lines above the first marker and the first statement. If a key repeats, the first counts. */
export function readHeader(script: Script, end: number): Header {
  const values = new Map<string, string>();
  for (const comment of script.comments) {
    if (comment.start >= end) break;
    const match = comment.isLine ? headerLine.exec(comment.text) : null;
    const [key, value] = [match?.[1]?.toLowerCase().replace(' ', '-'), match?.[2]?.trim()];
    if (key !== undefined && value && !values.has(key)) values.set(key, value);
  }
  return {
    migration: values.get('migration'),
    description: values.get('description'),
    author: values.get('author'),
    date: values.get('date'),
    schemaVersion: values.get('schema-version'),
  };
}

/** Whether `Migration: ...` names this file: by id, by name or by version. Copied files often keep another's header. */
export function namesFile(given: string, id: string): boolean {
  const text = given
    .replace(/\.\w+$/, '')
    .normalize('NFC')
    .toLowerCase();
  const [digits, rest] = [/^\d*/, /^\d*_?/].map((pattern) => pattern.exec(text)![0]) as [string, string];
  const own = id.toLowerCase();
  const ownDigits = /^\d+/.exec(own)![0];
  const sameVersion = digits === '' || Number(digits) === Number(ownDigits);
  const name = text.slice(rest.length);
  return sameVersion && (name === '' || name === own.slice(ownDigits.length + 1));
}
