import { dunlinError } from '../errors/index.ts';
import { classify, type SqlStatement } from '../sql/index.ts';
import type { Comment } from './comments.ts';
import { isDirective } from './directives.ts';
import { locateStatement } from './position.ts';
import type { Script } from './script.ts';
import { cutSection, type Range } from './sections.ts';
import type { VerificationQuery } from './types.ts';

/** PRAGMAs that only tell something, also with an argument (https://sqlite.org/pragma.html). */
const reading: ReadonlySet<string> = new Set([
  'foreign_key_check',
  'foreign_key_list',
  'index_info',
  'index_list',
  'index_xinfo',
  'integrity_check',
  'quick_check',
  'table_info',
  'table_list',
  'table_xinfo',
]);

/** PRAGMAs that do something although they have no argument. */
const acting: ReadonlySet<string> = new Set(['incremental_vacuum', 'optimize', 'shrink_memory', 'wal_checkpoint']);

/** The queries of the VERIFY part, each with the comment directly above it as its name. */
export function readVerification(script: Script, range: Range): VerificationQuery[] {
  return cutSection(script, range).statements.map((statement, i) => {
    if (!isQuery(statement)) {
      const { at, details } = locateStatement(script.origin, script.text, statement.offset);
      const words = statement.tokens.slice(0, 3).map((token) => token.text);
      script.problems.push(dunlinError('VERIFICATION_NOT_A_QUERY', { at, statement: words.join(' ') }, details));
    }
    return { name: nameAbove(script, range.start, statement.offset) || `verification query ${i + 1}`, statement };
  });
}

function isQuery(statement: SqlStatement): boolean {
  const facts = classify(statement);
  if (facts.verb !== 'pragma') return facts.verb === 'select';
  return reading.has(facts.name) || (facts.value === undefined && !acting.has(facts.name));
}

/** What a query that can be written by mistake always answers; undefined for one that can pass and fail. */
export function futility(query: VerificationQuery): string | undefined {
  const facts = classify(query.statement);
  if (facts.verb !== 'pragma') return undefined;
  if (facts.name === 'integrity_check' || facts.name === 'quick_check') {
    return `always passes, because its answer is never empty; write \`SELECT ${facts.name} = 'ok' FROM pragma_${facts.name}\``;
  }
  if (facts.name === 'foreign_key_check') {
    return 'fails when all is well, because it then returns no row; leave it out, foreign keys are checked anyway';
  }
  return undefined;
}

/** The text of the comments that end on the line above, up to the first line without a comment. */
function nameAbove(script: Script, sectionStart: number, offset: number): string {
  const lines: string[] = [];
  let below = offset;
  for (let i = countBefore(script.comments, offset) - 1; i >= 0; i--) {
    const comment = script.comments[i]!;
    if (comment.start < sectionStart) break;
    if (!isDirectlyAbove(script.text, comment, below) || isDirective(comment)) break;
    lines.push(words(comment.text));
    below = comment.start;
  }
  return lines.toReversed().join(' ').trim();
}

/** How many comments begin before an offset; they are in the order of the file. */
function countBefore(comments: readonly Comment[], offset: number): number {
  let [low, high] = [0, comments.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comments[middle]!.start < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isDirectlyAbove(text: string, comment: Comment, below: number): boolean {
  if (!comment.isFirst) return false;
  const between = text.slice(comment.end, below);
  return between.trim() === '' && between.split('\n', 3).length < 3;
}

/** A comment without what makes it one, rulers of dashes included. */
function words(comment: string): string {
  const inner = comment.startsWith('--') ? comment.slice(2) : comment.slice(2, -2);
  const lines = inner
    .slice(0, endOfWords(inner))
    .replace(/^[\s*=-]+/, '')
    .split('\n');
  return lines
    .map((line) => line.replace(/^[\s*]+/, '').trimEnd())
    .filter((line) => line !== '')
    .join(' ');
}

/** A pattern that ends in `+$` would begin anew at each ruler within the text. */
function endOfWords(text: string): number {
  let end = text.length;
  while (end > 0 && /[\s*=-]/.test(text[end - 1]!)) end--;
  return end;
}
