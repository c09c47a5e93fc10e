import { script, type Op } from '../bridge/index.ts';
import { isToolTable } from '../ledger/index.ts';
import {
  compareSchemas,
  dumpStatements,
  isEmpty,
  withoutTables,
  type Inventory,
  type ObjectChange,
} from '../schema/index.ts';
import { nameKey, quoteIfNeeded } from '../sql/index.ts';
import { readAbilities } from './alter-table.ts';
import { effects, writeDirection, type Direction } from './direction.ts';
import { fillOf, lossLines } from './placeholders.ts';
import { decideRenames } from './renames.ts';
import type { GeneratedMigration, GenerateRequest, Placeholder, Rename } from './types.ts';

/**
 * The migration that makes one schema of another, and the one back. The statements run as they are written, in an empty
 * database, whose connection this is; it gets sample rows. Nothing is guessed: what could be a rename is `undecided`, and a
 * value that the schemas do not tell is a placeholder. Errors: `GENERATE_FAILED`, `GENERATE_VIRTUAL`,
 * `GENERATE_RENAME_UNKNOWN`.
 */
export function* generateMigration(request: GenerateRequest): Op<GeneratedMigration> {
  const { from } = request;
  const to = withoutTools(request.to);
  const { renames, undecided } = decideRenames({ ...request, to });
  const notes = orderNotes(from, to);
  const nothing = {
    up: '',
    down: '',
    changes: [],
    undecided,
    placeholders: [],
    drops: [],
    losses: [],
    refusing: new Map<string, string>(),
    notes,
  };
  if (undecided.length > 0 || (renames.length === 0 && effects(from, to).length === 0)) return nothing;
  const abilities = yield* readAbilities(request.sqlite);
  yield* make(from);
  const up = yield* writeDirection('up', to, renames, fillOf(request.fills), abilities);
  const down = yield* writeDirection('down', from, reversed(renames), fillOf(request.downFills), abilities);
  const losses = unique([...up.draft.losses, ...down.draft.losses]);
  const drops = unique(up.draft.drops);
  return {
    up: [...lossLines(drops, losses), up.draft.text].join('\n'),
    down: [...backLines(drops), down.draft.text].join('\n'),
    changes: up.changes,
    undecided,
    placeholders: [...placeholdersOf(up, 'up'), ...placeholdersOf(down, 'down')],
    drops,
    losses,
    refusing: new Map([...down.refusing, ...up.refusing]),
    notes,
  };
}

/** Makes a schema in an empty database. */
export function* make(schema: Inventory): Op<void> {
  yield* script('PRAGMA foreign_keys = OFF');
  if (isEmpty(schema)) return;
  for (const sql of dumpStatements([...schema.tables.values(), ...schema.others.values()])) yield* script(sql);
}

/** The wanted schema without the tables in which other tools record what they did. */
export function withoutTools(to: Inventory): Inventory {
  const tools = [...to.tables.values()].filter(({ name, sql = '' }) => isToolTable(name, sql));
  return tools.length === 0 ? to : withoutTables(to, new Set(tools.map(({ name }) => nameKey(name))));
}

function reversed(renames: readonly Rename[]): readonly Rename[] {
  const tableNow = (table: string): string =>
    renames.find((one) => one.column === undefined && nameKey(one.table) === nameKey(table))?.to ?? table;
  return renames.map(({ table, column, to }) =>
    column === undefined ? { table: to, to: table } : { table: tableNow(table), column: to, to: column },
  );
}

function placeholdersOf({ draft }: Direction, direction: 'up' | 'down'): readonly Placeholder[] {
  return [...draft.sample].map(([key, sample]) => ({ key, direction, sample }));
}

function backLines(drops: readonly string[]): readonly string[] {
  return drops.length === 0 ? [] : [`-- The rows and values of ${drops.join(', ')} do not come back.`, ''];
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

/** What differs without an effect of its own: the order of columns. */
function orderNotes(from: Inventory, to: Inventory): readonly string[] {
  const isMoved = ({ parts }: ObjectChange): boolean => parts.some(({ kind }) => kind === 'moved');
  const moved = compareSchemas(from, to).filter(
    (change) => change.type === 'table' && !change.sameEffect && isMoved(change),
  );
  return moved.map(({ name }) => `${quoteIfNeeded(name)}: its columns are in another order, which needs no migration`);
}
