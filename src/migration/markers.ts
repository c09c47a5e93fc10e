import { dunlinError, editDistance, type DunlinError } from '../errors/index.ts';
import type { Comment } from './comments.ts';
import { foreignMarkerProblem } from './foreign-markers.ts';
import { locateStatement, positionAt } from './position.ts';
import type { Script } from './script.ts';

/** How the markers are written best. Case, spaces and the number of `=` do not matter, nor the word MIGRATION. */
export const upMarker = '-- === UP MIGRATION ===';
export const downMarker = '-- === DOWN MIGRATION ===';
const verifyMarker = '-- === VERIFY ===';

export type MarkerKind = 'up' | 'down' | 'verify';

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

/** The markers of a file, in order. Reports misspelt and misplaced ones: as comments they would let DOWN run as UP. */
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
      const { at, details } = locateStatement(script.origin, script.text, comment.start);
      const facts = { at, marker: comment.text, firstLine: positionAt(script.text, first.start).line };
      script.problems.push(dunlinError('MARKER_TWICE', facts, details));
    }
  }
  checkOrder(script, markers);
  return markers;
}

function markerKind(script: Script, comment: Comment): MarkerKind | undefined {
  const text = banner.exec(comment.text)?.[1]?.trim().toLowerCase().replace(/\s+/g, ' ');
  if (text === undefined || text === '') return undefined;
  const kind = Object.hasOwn(words, text) ? words[text] : undefined;
  if (kind !== undefined && comment.isLine) return kind;
  const near = kind === undefined ? nearMarker(text) : undefined;
  if (kind === undefined && near === undefined) return undefined;
  const { at, details } = locateStatement(script.origin, script.text, comment.start);
  if (kind !== undefined) script.problems.push(dunlinError('MARKER_NOT_ALONE', { at, marker: comment.text }, details));
  else if (near !== undefined) {
    script.problems.push(
      dunlinError('MARKER_UNKNOWN', { at, marker: comment.text, suggestion: spellings[near] }, details),
    );
  }
  return undefined;
}

/** One slip of the finger, no more: people draw banners such as `-- === Data migration ===`. */
function nearMarker(text: string): MarkerKind | undefined {
  const near = Object.keys(words).find((word) => word !== 'up' && editDistance(text, word) === 1);
  return near === undefined ? undefined : words[near];
}

function checkOrder(script: Script, markers: readonly Marker[]): void {
  const up = markers.find((marker) => marker.kind === 'up')?.comment;
  const down = markers.find((marker) => marker.kind === 'down')?.comment;
  if (up === undefined && down === undefined) {
    const foreign = foreignMarkerProblem(script);
    if (foreign !== undefined) script.problems.push(foreign);
    return;
  }
  const { at, details } = locateStatement(script.origin, script.text, (down ?? up)!.start);
  const missing = up === undefined ? 'up' : down === undefined ? 'down' : undefined;
  // A misspelt one is told of already, and is not to be added once more.
  const isMisspelt = ({ code, hint }: DunlinError): boolean =>
    code === 'MARKER_UNKNOWN' && missing !== undefined && hint.includes(spellings[missing]);
  if (script.problems.some(isMisspelt)) return;
  if (up === undefined) script.problems.push(dunlinError('UP_MARKER_MISSING', { at }, details));
  else if (down === undefined) script.problems.push(dunlinError('DOWN_MARKER_MISSING', { at }, details));
  else if (down.start < up.start) script.problems.push(dunlinError('MARKERS_REVERSED', { at }, details));
}
