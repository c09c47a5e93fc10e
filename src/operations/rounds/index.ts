export { Journey, type Question } from './journey.ts';
export { goOnCopy } from './on-copy.ts';
export { prepareScratch } from './scratch.ts';
