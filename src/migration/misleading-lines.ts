import { closest, editDistance, type WayBack } from '../errors/index.ts';
import { foreignMarker } from './foreign-markers.ts';
import type { Comment, Script } from './script.ts';
import { markedSection } from './sections.ts';

/** A part of a migration in the format of another tool. */
type PartName = 'up' | 'down';

/** `-- +goose Down`, `-- migrate:down`, `-- rambler down`: what comes before the word, and the rest of the line. */
const annotation = /^(?<before>--\s*(?:\+(?:goose|migrate|micrate)\s+|migrate:\s*|rambler\s+))(?<rest>\S.*)$/i;

/** The annotations that begin no part. */
const harmless = /^(?:statement(?:begin|end)|no\s+transaction|envsub\s+(?:on|off))$/i;

const annotationWords: readonly string[] = ['Up', 'Down', 'StatementBegin', 'StatementEnd', 'NO TRANSACTION'];

const statementLine = /^--\s*\+(?:goose|migrate|micrate)\s+statement(begin|end)$/i;

/**
 * Reports what would run against the words above it, in a part without the lines that its format understands: markers of
 * any other tool, Dunlin's included, misspelt annotations, and a statement that begins and does not end. A marker of the
 * part in which it stands says what is true, as does one with nothing below it.
 */
export function reportMisleading(script: Script, part: PartName, back: WayBack | undefined): void {
  const last = script.tokens.findLast(({ kind }) => kind !== 'comment')?.start ?? 0;
  for (const comment of script.comments) if (comment.start < last) reportLine(script, comment, part, back);
  reportStatementLines(script);
}

function reportLine(script: Script, comment: Comment, part: PartName, back: WayBack | undefined): void {
  const { text: marker, start } = comment;
  const { before, rest } = (comment.isLine ? annotation.exec(marker)?.groups : undefined) ?? {};
  if (rest !== undefined && harmless.test(rest)) return;
  const kind = comment.isLine ? markedSection(marker) : undefined;
  const tool = kind === undefined ? foreignMarker(script, comment) : 'Dunlin’s own format';
  if (tool !== undefined) {
    if ((kind ?? kindOf(marker)) !== part)
      script.report('MARKER_FOREIGN', start, { marker, tool, key: undefined, back });
    return;
  }
  const written = asWritten(script, comment);
  const suggestion = rest === undefined ? (misspelt(marker) ?? evolution(written)) : correct(before!, rest);
  if (suggestion !== undefined) script.report('MARKER_UNKNOWN', start, { marker: written, suggestion });
}

/** Prose can follow `migrate:` and a space, and `rambler`. */
function correct(before: string, rest: string): string | undefined {
  const word = closest(rest, annotationWords) ?? closest(/^\S+/.exec(rest)![0], annotationWords);
  const suggestion = word ?? (/\+|:$/.test(before) ? 'Down' : undefined);
  if (suggestion === undefined) return undefined;
  return `${before}${before.includes('+') ? suggestion : suggestion.toLowerCase()}`;
}

const markers: readonly string[] = ['-- Down Migration', '-- Up Migration', '---- create above / drop below ----'];

/** Two swapped letters; one more or less may be another word: `-- Town`. */
function misspelt(marker: string): string | undefined {
  if (/^--\s*(?:donw|dwon|odwn|pu)$/i.test(marker)) return /pu$/i.test(marker) ? '-- Up' : '-- Down';
  const words = marker.replace(/\s+/g, ' ').toLowerCase();
  return markers.find((known) => words.length < 60 && editDistance(words, known.toLowerCase()) === 1);
}

/** `# --- !Down` in an evolution of Play, whose parts begin with `!Ups` and `!Downs`. */
function evolution(marker: string): string | undefined {
  const [, before, word] = /^((?:#|--)[-\s]*!\s*)(\w+)$/.exec(marker) ?? [];
  const suggestion = word === undefined ? undefined : closest(word, ['Ups', 'Downs', 'Up', 'Down']);
  if (suggestion === undefined) return undefined;
  return `${before}${suggestion.startsWith('U') ? 'Ups' : 'Downs'}`;
}

/** A comment as its file has it: a format may change characters, such as `#` into `--`. */
function asWritten({ text, origin: { source } }: Script, { start, end, text: comment }: Comment): string {
  return source === undefined || source.length !== text.length ? comment : source.slice(start, end).trimEnd();
}

function kindOf(marker: string): PartName | undefined {
  if (/\b(?:downs?|undo|rollback|revert|drop)\b/i.test(marker)) return 'down';
  return /\bups?\b/i.test(marker) ? 'up' : undefined;
}

function reportStatementLines(script: Script): void {
  let open: Comment | undefined;
  const unpaired = (comment: Comment, isBegin: boolean): void => {
    const marker = comment.text;
    const other = marker.replace(/(?:begin|end)$/i, isBegin ? 'End' : 'Begin');
    script.report('MARKER_UNPAIRED', comment.start, { marker, other, where: isBegin ? 'below' : 'above' });
  };
  for (const comment of script.comments) {
    const word = comment.isLine ? statementLine.exec(comment.text)?.[1]?.toLowerCase() : undefined;
    if (word === undefined) continue;
    if (word === 'begin') {
      if (open !== undefined) unpaired(open, true);
      open = comment;
    } else if (open === undefined) unpaired(comment, false);
    else open = undefined;
  }
  if (open !== undefined) unpaired(open, true);
}
