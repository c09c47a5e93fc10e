import { engineFacts, query, type Op } from '../../bridge/index.ts';
import type { Batch, StepStatement } from '../../plan/index.ts';
import { listTables } from '../../schema/index.ts';
import { readTableKey, type TableKey } from './key.ts';

/** Why a statement cannot be run in batches, whatever the schema; undefined: nothing in it stands in the way. */
export function refusalOfText({ facts }: StepStatement, foreignKeys: boolean): string | undefined {
  const { conflict } = facts as { readonly conflict?: string };
  if (conflict !== undefined) return `OR ${conflict.toUpperCase()} depends on the order of the rows`;
  return foreignKeys
    ? 'foreign keys are enforced, and what they do to other rows could change what is left to do'
    : undefined;
}

/** What the batches of a statement are told apart by; a text instead says why the schema allows none. */
export function* keyOrRefusal({ parts }: Batch): Op<TableKey | string> {
  const { name } = parts.table;
  const key = yield* readTableKey(parts.table);
  if (typeof key === 'string') return key;
  const moved = parts.assigned.find((column) => key.moves(column));
  if (moved !== undefined) return `it changes ${moved}, by which the batches are told apart`;
  const trigger = yield* firstTrigger(name);
  if (trigger !== undefined)
    return `the trigger ${trigger} fires on ${name}, and what it does could change what is left to do`;
  const other = yield* firstOther(parts.reads);
  if (other !== undefined)
    return `it reads ${other}, no table of its own, which may show ${name} as the batch before left it`;
  return key;
}

function* firstTrigger(table: string): Op<string | undefined> {
  const main = 'SELECT name, type, tbl_name FROM main.sqlite_schema';
  const all = (yield* engineFacts()).temporary ? `${main} UNION ALL ${main.replace('main.', 'temp.')}` : main;
  const [found] = yield* query<{ name: string }>(
    `SELECT name FROM (${all}) WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE LIMIT 1`,
    [table],
  );
  return found?.name;
}

/** The first of these names that a view or a virtual table has. */
function* firstOther(names: ReadonlySet<string>): Op<string | undefined> {
  for (const name of names) {
    const found = (yield* listTables({ name })).find(({ kind }) => kind === 'view' || kind === 'virtual');
    if (found !== undefined) return `the ${found.kind === 'view' ? 'view' : 'virtual table'} ${found.name}`;
  }
  return undefined;
}
