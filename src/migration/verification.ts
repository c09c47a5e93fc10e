import { classify, type SqlStatement } from '../sql/index.ts';
import { isDirective } from './directives.ts';
import type { Comment, Script } from './script.ts';
import { readSection, type SectionRange } from './sections.ts';
import type { VerificationQuery } from './types.ts';

/** PRAGMAs that only read, even with an argument (https://sqlite.org/pragma.html). */
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

/** PRAGMAs that change something even without an argument. */
const acting: ReadonlySet<string> = new Set(['incremental_vacuum', 'optimize', 'shrink_memory', 'wal_checkpoint']);

/** The queries of the VERIFY part, each with the comment directly above it as its name. */
export function readVerification(script: Script, range: SectionRange): VerificationQuery[] {
  return readSection(script, range).statements.map((statement, i) => {
    if (!isQuery(statement)) {
      const beginning = statement.tokens.slice(0, 3).map((token) => token.text);
      script.report('VERIFICATION_NOT_A_QUERY', statement.offset, { statement: beginning.join(' ') });
    }
    return { name: nameAbove(script, range.start, statement.offset) || `verification query ${i + 1}`, statement };
  });
}

function isQuery(statement: SqlStatement): boolean {
  const parsed = classify(statement);
  if (parsed.verb !== 'pragma') return parsed.verb === 'select';
  return reading.has(parsed.name) || (parsed.value === undefined && !acting.has(parsed.name));
}

/** Says why a query always passes or always fails; undefined for a query that can do both. */
export function constantResult(query: VerificationQuery): string | undefined {
  const parsed = classify(query.statement);
  if (parsed.verb !== 'pragma') return undefined;
  if (parsed.name === 'integrity_check' || parsed.name === 'quick_check') {
    return `always passes, because its answer is never empty; write \`SELECT ${parsed.name} = 'ok' FROM pragma_${parsed.name}\``;
  }
  if (parsed.name === 'foreign_key_check') {
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

/** How many comments begin before an offset. Comments are in file order. */
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

/** A comment's words, without its delimiters and rulers of dashes. */
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

/** A pattern that ends in `+$` would start again at each ruler within the text. */
function endOfWords(text: string): number {
  let end = text.length;
  while (end > 0 && /[\s*=-]/.test(text[end - 1]!)) end--;
  return end;
}
