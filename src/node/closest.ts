export { closest, editDistance } from '../errors/index.ts';
