import { closest, dunlinError } from '../errors/index.ts';
import { firstIllegal, splitStatements, unquote } from '../sql/index.ts';
import { locate } from './place.ts';
import type { Comment } from './comments.ts';
import type { Script } from './script.ts';
import type { Directives } from './types.ts';

/** What a `-- dunlin:` line may ask for. */
const directiveNames: readonly string[] = ['destructive', 'no-transaction', 'foreign-keys on', 'batch'];

const directive = /^(?:--|\/\*)\s*dunlin\s*:\s*(\S*)\s*(.*?)\s*(?:\*\/)?$/is;

const noDirectives: Directives = { destructive: [], noTransaction: false, foreignKeys: false, batches: [] };

/** The `-- dunlin:` lines. All but `batch` hold for the whole migration, wherever in the file they stand. */
export function readDirectives(script: Script): Directives {
  let directives = noDirectives;
  for (const comment of script.comments) {
    const [, name, rest] = directive.exec(comment.text) ?? [];
    if (name === undefined || rest === undefined) continue;
    if (comment.isLine) directives = apply(directives, name.toLowerCase(), rest, script, comment);
    else {
      const { at, details } = locate(script.origin, script.text, comment.start);
      script.problems.push(dunlinError('DIRECTIVE_NOT_ALONE', { at }, details));
    }
  }
  return directives;
}

/** Whether a comment is a directive, and so no name for a verification query. */
export function isDirective(comment: Comment): boolean {
  return directive.test(comment.text);
}

function apply(before: Directives, name: string, rest: string, script: Script, comment: Comment): Directives {
  const { at, details } = locate(script.origin, script.text, comment.start);
  const invalid = (fact: string, example: string): Directives => {
    script.problems.push(
      dunlinError('DIRECTIVE_INVALID', { at, directive: name, fact, example: `-- dunlin: ${example}` }, details),
    );
    return before;
  };
  switch (name) {
    case 'destructive': {
      if (rest === '') return { ...before, destructive: true };
      const names = readNames(rest);
      if (names === undefined)
        return invalid('takes names with commas between them', 'destructive users.email, orders');
      return before.destructive === true ? before : { ...before, destructive: [...before.destructive, ...names] };
    }
    case 'no-transaction':
      return rest === '' ? { ...before, noTransaction: true } : invalid('stands alone', 'no-transaction');
    case 'foreign-keys':
      // `off` is what happens anyway; saying it does no harm.
      if (/^(?:on|off)$/i.test(rest)) return { ...before, foreignKeys: rest.toLowerCase() === 'on' };
      return invalid('takes `on`', 'foreign-keys on');
    case 'batch': {
      const size = /^[1-9]\d{0,8}$/.test(rest) ? Number(rest) : undefined;
      if (size === undefined) return invalid('takes the number of rows of a batch', 'batch 10000');
      return { ...before, batches: [...before.batches, { size, offset: comment.start }] };
    }
    default: {
      const suggestion = closest(`${name} ${rest}`.trim(), directiveNames) ?? closest(name, directiveNames);
      script.problems.push(
        dunlinError('DIRECTIVE_UNKNOWN', { at, directive: name, suggestion, known: directiveNames }, details),
      );
      return before;
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
