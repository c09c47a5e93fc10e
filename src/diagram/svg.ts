import type { SchemaModel } from '../schema/index.ts';
export function svg(_model: SchemaModel): string {
  return '';
}
