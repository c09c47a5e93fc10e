import { canonical } from '../sql/index.ts';
import type { Inventory } from './inventory.ts';

/** The text that is the same for two equal schemas, in whatever order they were made: its hash is their fingerprint. */
export function fingerprintText({ tables, others }: Inventory): string {
  return [...tables.values(), ...others.values()]
    .map(({ type, name, sql }) => `${type} ${name} ${canonical(sql ?? '')}`)
    .toSorted()
    .join('\n');
}
