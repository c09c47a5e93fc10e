import { dunlinError, type DunlinError } from '../errors/index.ts';
import { findForeignMarker } from './foreign-markers.ts';
import { findMarkers } from './markers.ts';
import type { Origin } from './position.ts';
import { readScript, type Script } from './script.ts';

/**
 * The lines in the SQL of a definition that divide a file into UP and DOWN. All of that text runs, so the DOWN part of
 * a file that was read into `up` would undo it.
 */
export function markersInCode(definition: Readonly<Record<string, unknown>>, origin: Origin): readonly DunlinError[] {
  return ['up', 'down'].flatMap((key) => {
    const text = definition[key];
    // A text without comments need not be tokenised.
    if (typeof text !== 'string' || !/--|\/\*/.test(text)) return [];
    const script = scriptOf(text, origin);
    const found = script === undefined ? undefined : markerIn(script);
    if (found === undefined) return [];
    const details = origin.migration === undefined ? {} : { migration: origin.migration };
    return [dunlinError('MARKER_FOREIGN', { at: `the \`${key}\` of ${origin.file}`, key, ...found }, details)];
  });
}

function markerIn(script: Script): { readonly marker: string; readonly tool: string } | undefined {
  const own = findMarkers(script)[0];
  if (own !== undefined) return { marker: own.comment.text, tool: 'SQL files' };
  const foreign = findForeignMarker(script);
  return foreign === undefined ? undefined : { marker: foreign.comment.text, tool: foreign.tool };
}

/** Undefined for what is no SQL, of which SQLite will say more when it runs. */
function scriptOf(text: string, origin: Origin): Script | undefined {
  try {
    return readScript(text, origin);
  } catch {
    return undefined;
  }
}
