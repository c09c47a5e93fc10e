// The rooms of src and the rule between them, from layers.json.
import { readFileSync } from 'node:fs';

/** By layer, innermost first: each room with what is in it. `version` and `index` are files. */
export const layers = JSON.parse(readFileSync(new URL('layers.json', import.meta.url), 'utf8'));

/** The room of a file, given relative to src: `sql/split.ts` is in `sql`. */
export function roomOf(file) {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, '');
}

export function layerOf(room) {
  return layers.findIndex((layer) => Object.hasOwn(layer, room));
}

/** Rooms of one layer do not know each other; but `testing` may use the drivers, and only `node` uses `testing`. */
export function mayImport(from, to) {
  if (from === to || (from === 'testing' && to === 'drivers')) return true;
  return (to !== 'testing' || from === 'node') && layerOf(to) < layerOf(from);
}
