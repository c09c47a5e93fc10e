export { fillTables, type Filled, type FillRequest } from './fill.ts';
export { collectUses, type Uses } from './uses.ts';
export { Links } from './links.ts';
