import type { Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError, type DunlinError } from '../errors/index.ts';
import { isToolTable } from '../ledger/index.ts';
import type { RunContext } from '../lock/index.ts';
import { startOf, wholeHistory } from '../migration/index.ts';
import { compareEffectively, type Inventory, type ObjectChange, type PartChange } from '../schema/index.ts';
import { nameKey } from '../sql/index.ts';
import { replayTo } from './replay.ts';

/** The schema that the migrations should make: what an ORM declares, a file written by hand, another database. */
export interface WantedSchema {
  readonly schema: Inventory;
  /** What errors call it: `schema.sql`. */
  readonly name: string;
  /** What `dunlin diff` takes for it. Undefined: hints do not name that command. */
  readonly argument?: string;
}

/**
 * Runs all migrations on an empty database, whose context this is: an `AGAINST_DIFFERS` for each difference in effect from
 * the wanted schema. The order of columns is none, because ADD COLUMN appends; nor is a table of another tool.
 */
export function* compareWithWanted(context: RunContext, wanted: WantedSchema): Op<readonly DunlinError[]> {
  const version = startOf(wholeHistory(context.registry)).at(-1)?.version ?? 0;
  let made: Inventory;
  try {
    made = yield* replayTo(context, version, context.registry.repeatables);
  } catch (error) {
    // The migrations themselves are at fault: a finding like the others.
    if (isDunlinError(error) && error.code === 'REPLAY_FAILED') return [error];
    throw error;
  }
  return compareEffectively(made, wanted.schema).flatMap((change) =>
    linesOf(change, wanted).map((difference) =>
      dunlinError('AGAINST_DIFFERS', { wanted: wanted.name, version, difference, argument: wanted.argument }),
    ),
  );
}

function linesOf(change: ObjectChange, { name: wanted, schema }: WantedSchema): readonly string[] {
  const { kind, type, name, table } = change;
  const what = `${type} ${name}${type === 'index' || type === 'trigger' ? ` on ${table}` : ''}`;
  if (kind === 'added') {
    const ofTool = isToolTable(table, schema.tables.get(nameKey(table))?.sql ?? '');
    return ofTool ? [] : [`${what} is missing`];
  }
  if (kind === 'removed') return [`${what} is made, and ${wanted} has none`];
  if (change.parts.length === 0) return [`${what} differs`];
  const parts = change.parts.filter((part) => part.kind !== 'moved').map((part) => partLine(part, wanted));
  return parts.length === 0 ? [] : [`${what}: ${parts.join('; ')}`];
}

function partLine({ kind, part, name, properties, was }: PartChange, wanted: string): string {
  const what = part === 'column' ? `column ${name}` : name;
  if (kind === 'added') return `${what} is missing`;
  if (kind === 'removed') return `${what} is made, and ${wanted} has none`;
  if (kind === 'renamed') return `column ${was} is called ${name} in ${wanted}`;
  return `${what} differs${properties.length === 0 ? '' : ` in ${properties.join(', ')}`}`;
}
