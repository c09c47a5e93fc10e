import { quote } from '../../sql/index.ts';

/** The moment at which a dump is loaded, as ISO 8601 in UTC: then the new database is brought to this state. */
export const loadTime: string = `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`;

/** An INSERT of one row, from expressions by column. */
export function insertion(table: string, values: Readonly<Record<string, string>>): string {
  return `INSERT INTO ${quote(table)} (${Object.keys(values).join(', ')}) VALUES (${Object.values(values).join(', ')});`;
}
