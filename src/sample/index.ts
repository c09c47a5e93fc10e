export { fillTables, type Filled, type FillOrder } from './fill.ts';
export { mineUses, type Uses } from './uses.ts';
export { Links } from './links.ts';
