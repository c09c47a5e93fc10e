import { canonical } from '../sql/index.ts';
import type { SchemaObject } from './inventory.ts';

/** Whether two objects are the same one, or both missing. */
export function sameSql(a: SchemaObject | undefined, b: SchemaObject | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.sql === b.sql || canonical(a.sql ?? '') === canonical(b.sql ?? '');
}
