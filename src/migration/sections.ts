import { editDistance } from '../errors/index.ts';
import { splitStatements } from '../sql/index.ts';
import { batchesIn } from './directives.ts';
import { findForeignMarker } from './foreign-markers.ts';
import { positionAt, type Comment, type Script } from './script.ts';
import type { BatchLine, Section } from './types.ts';

/** How `create` writes the markers. Case, spaces, the word MIGRATION and the number of `=`, two or more on each side, do not matter. */
export const upMarker = '-- === UP MIGRATION ===';
export const downMarker = '-- === DOWN MIGRATION ===';
const verifyMarker = '-- === VERIFY ===';

type MarkerKind = 'up' | 'down' | 'verify';

/** The line at which a section begins. */
export interface Marker {
  readonly kind: MarkerKind;
  readonly comment: Comment;
}

const markerWords: Readonly<Record<string, MarkerKind>> = {
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
 * DOWN or VERIFY would run as part of the section above.
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
  const { kind, isExact } = parseMarker(marker) ?? {};
  if (kind === undefined) return undefined;
  if (isExact === true && comment.isLine) return kind;
  if (isExact === true) script.report('MARKER_NOT_ALONE', comment.start, { marker });
  else script.report('MARKER_UNKNOWN', comment.start, { marker, suggestion: spellings[kind] });
  return undefined;
}

/** The section that a marker of Dunlin names, also if the marker is misspelt. */
export function markedSection(line: string): MarkerKind | undefined {
  return parseMarker(line)?.kind;
}

/** Whether a text of any format has a marker of Dunlin's, also a misspelt one, which Dunlin's format reports. */
export function hasOwnMarker(text: string): boolean {
  return text.split(/[\r\n]/).some((line) => markedSection(line.trim()) !== undefined);
}

/** Reads a marker. It is misspelt with one typing error, or with fewer than two `=` on one side. */
function parseMarker(line: string): { readonly kind: MarkerKind; readonly isExact: boolean } | undefined {
  if (!line.startsWith('--') || !line.includes('==')) return undefined;
  const [, before = '', text = '', after = ''] = /^(=*)([^=]+)(=*)$/.exec(line.slice(2).trim()) ?? [];
  const words = text.trim().toLowerCase().replace(/\s+/g, ' ');
  const isBanner = before.length > 1 && after.length > 1;
  const exact = Object.hasOwn(markerWords, words) ? markerWords[words] : undefined;
  const kind = exact ?? (isBanner ? nearMarker(words) : undefined);
  return kind === undefined ? undefined : { kind, isExact: isBanner && exact !== undefined };
}

/** One typing error, no more: people draw banners such as `-- === Data migration ===`. */
function nearMarker(words: string): MarkerKind | undefined {
  const near = Object.keys(markerWords).find((known) => known !== 'up' && editDistance(words, known) === 1);
  return near === undefined ? undefined : markerWords[near];
}

function checkOrder(script: Script, markers: readonly Marker[]): void {
  const up = markers.find((marker) => marker.kind === 'up')?.comment;
  const down = markers.find((marker) => marker.kind === 'down')?.comment;
  if (up === undefined && down === undefined) {
    if (script.problems.some(({ code }) => code === 'MARKER_UNKNOWN')) return;
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

/** Where a section of a file is: between two markers. */
export interface SectionRange {
  readonly start: number;
  readonly end: number;
}

export interface SectionRanges {
  readonly up: SectionRange;
  readonly down: SectionRange | undefined;
  readonly verify: SectionRange | undefined;
}

/**
 * Without an UP marker, everything before a VERIFY marker is UP, so a forward-only file can have VERIFY queries without
 * a DOWN marker. With an UP marker, only comments may precede the first marker.
 */
export function findSections(script: Script, markers: readonly Marker[]): SectionRanges {
  const { text } = script;
  const range = (kind: MarkerKind): SectionRange | undefined => {
    const i = markers.findIndex((marker) => marker.kind === kind);
    if (i === -1) return undefined;
    // The marker's line belongs to no section.
    const start = text.indexOf('\n', markers[i]!.comment.end) + 1;
    return { start: start === 0 ? text.length : start, end: markers[i + 1]?.comment.start ?? text.length };
  };
  const up = range('up');
  const above = { start: 0, end: markers[0]?.comment.start ?? text.length };
  const sql = up === undefined ? undefined : script.tokens.find(({ kind }) => kind !== 'comment');
  if (sql !== undefined && sql.start < above.end) script.report('SQL_BEFORE_MARKER', sql.start, {});
  return { up: up ?? above, down: range('down'), verify: range('verify') };
}

/** Reads a section. The positions of its statements count from the start of the file. */
export function readSection(script: Script, range: SectionRange, batches: readonly BatchLine[] = []): Section {
  const text = script.text.slice(range.start, range.end);
  const statements = splitStatements(text, positionAt(script.text, range.start), script.tokensIn(range));
  const lines = batches.filter(({ offset }) => offset >= range.start && offset < range.end);
  return { text, statements, batches: batchesIn(statements, lines) };
}
