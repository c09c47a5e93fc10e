import { canonical, type Token } from '../sql/index.ts';
import type { Inventory } from './inventory.ts';

/**
 * The text that is the same for two equal schemas, in whatever order they were made: its hash is their fingerprint.
 * `tokens` are those of statements that have just been read: to read a thousand tables again takes as long as the rest
 * of recording them.
 */
export function fingerprintText(
  { tables, others }: Inventory,
  tokens: ReadonlyMap<string, readonly Token[]> = new Map(),
): string {
  return [...tables.values(), ...others.values()]
    .map(({ type, name, sql = '' }) => `${type} ${name} ${canonical(sql, tokens.get(sql))}`)
    .toSorted()
    .join('\n');
}
