import type { Comment, Script } from './script.ts';

/** The markers of other tools, from their documentation. */
const tools: readonly (readonly [marker: RegExp, tool: string])[] = [
  [/^--\s*\+goose\s+(?:up|down)\b/i, 'goose'],
  [/^--\s*\+migrate\s+(?:up|down)\b/i, 'sql-migrate'],
  [/^--\s*\+micrate\s+(?:up|down)\b/i, 'micrate'],
  [/^--\s*migrate:(?:up|down)\b/i, 'dbmate'],
  [/^--\s*rambler\s+(?:up|down)\b/i, 'rambler'],
  [/^--\s*liquibase formatted sql\b/i, 'Liquibase'],
  [/^--\s*\/\/\s*@undo\b/i, 'MyBatis Migrations'],
  [/^--[-\s]*!\s*(?:ups|downs)\b/i, 'Play evolutions'],
  [/^-{2,}\s*create above\s*\/\s*drop below\s*-*$/i, 'tern'],
  [/^--\s*(?:up|down)\s+migration$/i, 'node-pg-migrate'],
  [/^--\s*(?:up|down)$/i, 'node-sqlite'],
];

/** The words of a line that only says where a part begins: `--- Down ---`, `/* UP script *\/`, `-- [undo]:`. */
const heading =
  /^(?:(?:begin|start|start of|migrations?|schema|sql|migrate|dbmate|goose) )?(?:ups?|downs?|undo|rollback|revert)(?: (?:migrations?|script|part|section|sql|steps?|below|begin|start))?$/;

/** The same after the name of any tool: `-- +duck Up`, `-- @tool down`. */
const command = /^--\s*[+@]\s*[\w-]+\s+(?:up|down)\b/i;

/**
 * A word that every one of these has, in lower case. V8 compiles an expression when it is first used, which for those above
 * takes longer than reading a hundred files.
 */
const likely = /(?:^|[^a-z])(?:ups?|downs?|undo|rollback|revert|above|liquibase)(?![a-z])/;

/** The first line that is a marker of another tool. */
export function findForeignMarker(script: Script): { readonly comment: Comment; readonly tool: string } | undefined {
  for (const comment of script.comments) {
    const tool = foreignMarker(script, comment);
    if (tool !== undefined) return { comment, tool };
  }
  return undefined;
}

/** The tool whose marker a comment is. */
export function foreignMarker(script: Script, comment: Comment): string | undefined {
  const { text } = comment;
  if (!likely.test(text.toLowerCase()) || !isAlone(script, comment)) return undefined;
  const known = comment.isLine ? tools.find(([marker]) => marker.test(text))?.[1] : undefined;
  if (known !== undefined) return known;
  const isMarker = heading.test(wordsOf(text)) || (comment.isLine && command.test(text));
  return isMarker ? 'another tool' : undefined;
}

/** Whether a comment has its lines to itself. A long block comment is not a heading. */
function isAlone({ text }: Script, comment: Comment): boolean {
  if (comment.isLine) return true;
  if (!comment.isFirst || comment.text.length > 80) return false;
  const end = text.indexOf('\n', comment.end);
  return text.slice(comment.end, end === -1 ? text.length : end).trim() === '';
}

function wordsOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
