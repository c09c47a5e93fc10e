/** Numbers from 0 up to 1. Small and seeded, so that a failure can be run again from the seed that is printed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
