import { editDistance } from '../errors/index.ts';
import { splitStatements } from '../sql/index.ts';
import { batchesIn } from './directives.ts';
import { findForeignMarker } from './foreign-markers.ts';
import { positionAt, type Comment, type Script } from './script.ts';
import type { BatchLine, Section } from './types.ts';

/** How `create` writes the markers. Case, spaces, the word MIGRATION and the number of `=`, from two on, do not matter. */
export const upMarker = '-- === UP MIGRATION ===';
export const downMarker = '-- === DOWN MIGRATION ===';
/** A line that is one of these markers, in a text of any format. */
export const ownMarker: RegExp = /^\s*--\s*={2,}\s*(?:up|down|verify)\b/im;

const verifyMarker = '-- === VERIFY ===';

type MarkerKind = 'up' | 'down' | 'verify';

/** The line at which a section begins. */
export interface Marker {
  readonly kind: MarkerKind;
  readonly comment: Comment;
}

const banner = /^--\s*={2,}([^=]+)={2,}$/;
const words: Readonly<Record<string, MarkerKind>> = {
  'up migration': 'up',
  up: 'up',
  'down migration': 'down',
  down: 'down',
  verify: 'verify',
  'verify migration': 'verify',
  verification: 'verify',
};
const spellings: Readonly<Record<MarkerKind, string>> = { up: upMarker, down: downMarker, verify: verifyMarker };

/**
 * The markers of a file, in order. Reports misspelt and misplaced ones: if they were taken for plain comments, the SQL of
 * DOWN would run as part of UP.
 */
export function findMarkers(script: Script): readonly Marker[] {
  const markers: Marker[] = [];
  const seen = new Map<MarkerKind, Comment>();
  for (const comment of script.comments) {
    const kind = markerKind(script, comment);
    if (kind === undefined) continue;
    const first = seen.get(kind);
    if (first === undefined) {
      seen.set(kind, comment);
      markers.push({ kind, comment });
    } else {
      const firstLine = positionAt(script.text, first.start).line;
      script.report('MARKER_TWICE', comment.start, { marker: comment.text, firstLine });
    }
  }
  checkOrder(script, markers);
  return markers;
}

function markerKind(script: Script, comment: Comment): MarkerKind | undefined {
  const marker = comment.text;
  const text = wordsIn(marker);
  if (text === undefined || text === '') return undefined;
  const kind = Object.hasOwn(words, text) ? words[text] : undefined;
  if (kind !== undefined) {
    if (comment.isLine) return kind;
    script.report('MARKER_NOT_ALONE', comment.start, { marker });
    return undefined;
  }
  const near = nearMarker(text);
  if (near !== undefined) script.report('MARKER_UNKNOWN', comment.start, { marker, suggestion: spellings[near] });
  return undefined;
}

/** The part that a line such as Dunlin's markers names, also with one typing error. */
export function nearestKind(line: string): MarkerKind | undefined {
  const text = wordsIn(line);
  if (text === undefined) return undefined;
  return Object.hasOwn(words, text) ? words[text] : nearMarker(text);
}

/** The words between the `=` of a banner. */
function wordsIn(line: string): string | undefined {
  return banner.exec(line)?.[1]?.trim().toLowerCase().replace(/\s+/g, ' ');
}

/** One typing error, no more: people draw banners such as `-- === Data migration ===`. */
function nearMarker(text: string): MarkerKind | undefined {
  const near = Object.keys(words).find((word) => word !== 'up' && editDistance(text, word) === 1);
  return near === undefined ? undefined : words[near];
}

function checkOrder(script: Script, markers: readonly Marker[]): void {
  const up = markers.find((marker) => marker.kind === 'up')?.comment;
  const down = markers.find((marker) => marker.kind === 'down')?.comment;
  if (up === undefined && down === undefined) {
    const foreign = findForeignMarker(script);
    if (foreign === undefined) return;
    const { comment, tool } = foreign;
    script.report('MARKER_FOREIGN', comment.start, { marker: comment.text, tool, key: undefined });
    return;
  }
  if (up !== undefined && down !== undefined) {
    if (down.start < up.start) script.report('MARKERS_REVERSED', down.start, {});
    return;
  }
  const missing = up === undefined ? 'up' : 'down';
  // A misspelt marker is already reported; don't report it as missing too.
  if (script.problems.some(({ code, hint }) => code === 'MARKER_UNKNOWN' && hint.includes(spellings[missing]))) return;
  script.report(up === undefined ? 'UP_MARKER_MISSING' : 'DOWN_MARKER_MISSING', (down ?? up)!.start, {});
}

/** The part of a file between two markers. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Where the parts of a file are. */
export interface Ranges {
  readonly up: Range;
  readonly down: Range | undefined;
  readonly verify: Range | undefined;
}

/**
 * Without an UP marker, everything before a VERIFY marker is UP, so a forward-only file can have VERIFY queries without
 * a DOWN marker. With an UP marker, only comments may precede the first marker.
 */
export function findRanges(script: Script, markers: readonly Marker[]): Ranges {
  const { text } = script;
  const range = (kind: MarkerKind): Range | undefined => {
    const i = markers.findIndex((marker) => marker.kind === kind);
    if (i === -1) return undefined;
    // The marker's line belongs to no part.
    const start = text.indexOf('\n', markers[i]!.comment.end) + 1;
    return { start: start === 0 ? text.length : start, end: markers[i + 1]?.comment.start ?? text.length };
  };
  const up = range('up');
  const above = { start: 0, end: markers[0]?.comment.start ?? text.length };
  const sql = up === undefined ? undefined : script.tokens.find(({ kind }) => kind !== 'comment');
  if (sql !== undefined && sql.start < above.end) script.report('SQL_BEFORE_MARKER', sql.start, {});
  return { up: up ?? above, down: range('down'), verify: range('verify') };
}

/** The statements of a part; their positions count from the start of the file. */
export function readSection(script: Script, range: Range, batches: readonly BatchLine[] = []): Section {
  const text = script.text.slice(range.start, range.end);
  const statements = splitStatements(text, positionAt(script.text, range.start), script.tokensIn(range));
  const lines = batches.filter(({ offset }) => offset >= range.start && offset < range.end);
  return { text, statements, batches: batchesIn(statements, lines) };
}
