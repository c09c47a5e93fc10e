import type { RebuiltTable } from '../../bridge/event.ts';
import { plural } from '../../errors/index.ts';
import type { Json } from './json.ts';

const checks: Readonly<Record<RebuiltTable['check'], string>> = {
  compared: ' compared',
  proven: ', proven',
  counted: ' counted, values not compared',
};

/** "rebuilds users (48,210 rows compared)". */
export function rebuiltLine({ table, rows, check }: RebuiltTable): string {
  return `rebuilds ${table} (${plural(rows, 'row')}${checks[check]})`;
}

export function rebuiltDocument({ table, rows, check, columns }: RebuiltTable): Json {
  return { table, rows, check, columns };
}
