/** Numbers from 0 to 1, the same from the same start: a failing round can be run again. */
export function random(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Where the random numbers of a fault suite start; the titles of its tests name it. */
export const seed: number = Number(process.env['DUNLIN_SEED'] ?? 20261121);
