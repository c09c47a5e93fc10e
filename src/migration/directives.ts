import { closest, dunlinError } from '../errors/index.ts';
import { firstIllegal, splitStatements, unquote } from '../sql/index.ts';
import { locateStatement } from './position.ts';
import type { Comment } from './comments.ts';
import type { Script } from './script.ts';
import type { BatchLine, Directives } from './types.ts';

/** What a `-- dunlin:` line may ask for. */
const directiveNames: readonly string[] = ['destructive', 'no-transaction', 'foreign-keys on', 'batch', 'together'];

const directive = /^(?:--|\/\*)\s*dunlin\s*:/i;

/** Filled line by line: generated files have thousands of them. */
interface Found {
  destructive: true | string[];
  noTransaction: boolean;
  foreignKeys: boolean;
  readonly batches: BatchLine[];
  together: number | undefined;
}

/** The `-- dunlin:` lines. All but `batch` hold for the whole migration, wherever in the file they stand. */
export function readDirectives(script: Script): Directives {
  const found: Found = {
    destructive: [],
    noTransaction: false,
    foreignKeys: false,
    batches: [],
    together: undefined,
  };
  for (const comment of script.comments) {
    const [begin] = directive.exec(comment.text) ?? [];
    if (begin === undefined) continue;
    const words = comment.text.slice(begin.length).replace(/\*\/$/, '').trim();
    const name = /^\S*/.exec(words)![0];
    const rest = words.slice(name.length).trimStart();
    if (comment.isLine) apply(found, name.toLowerCase(), rest, script, comment);
    else {
      const { at, details } = locateStatement(script.origin, script.text, comment.start);
      script.problems.push(dunlinError('DIRECTIVE_NOT_ALONE', { at }, details));
    }
  }
  return found;
}

/** Whether a comment is a directive, and so no name for a verification query. */
export function isDirective(comment: Comment): boolean {
  return directive.test(comment.text);
}

function apply(found: Found, name: string, rest: string, script: Script, comment: Comment): void {
  const invalid = (fact: string, example: string): void => {
    const { at, details } = locateStatement(script.origin, script.text, comment.start);
    script.problems.push(
      dunlinError('DIRECTIVE_INVALID', { at, directive: name, fact, example: `-- dunlin: ${example}` }, details),
    );
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
      // `off` is what happens anyway; saying it does no harm.
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
    default: {
      const { at, details } = locateStatement(script.origin, script.text, comment.start);
      const suggestion = closest(`${name} ${rest}`.trim(), directiveNames) ?? closest(name, directiveNames);
      script.problems.push(
        dunlinError('DIRECTIVE_UNKNOWN', { at, directive: name, suggestion, known: directiveNames }, details),
      );
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
