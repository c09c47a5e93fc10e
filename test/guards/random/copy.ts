import type { Chance } from '../../support/schemas/chance.ts';
import { insertable, q, third, type Table } from './model.ts';

/** What a column of the new table is filled with. */
export type Source =
  | { readonly kind: 'column'; readonly column: string }
  | { readonly kind: 'expression'; readonly sql: string; readonly reads: string }
  | { readonly kind: 'literal'; readonly sql: string };

export interface Pair {
  readonly to: string;
  readonly from: Source;
}

/** A copy from a table into another, and what is wrong with it. */
export interface Copy {
  readonly pairs: readonly Pair[];
  readonly where?: string;
  readonly limit?: string;
  readonly join?: string;
  readonly distinct?: boolean;
  readonly conflict?: string;
}

export const styles = [
  'columns in order',
  'columns in another order',
  'positional',
  'SELECT *',
  'SELECT *, NULL',
  'aliases',
  'CTE',
  'view',
  'INSTEAD OF trigger',
  'subquery',
  'two INSERTs',
  'UNION ALL',
  'OR IGNORE',
  'OR REPLACE',
  'ON CONFLICT DO NOTHING',
  'LEFT JOIN',
  'ORDER BY',
] as const;
export type Style = (typeof styles)[number];

/** Whether a copy that is not changed can be written so. */
export function fits(style: Style, source: Table, target: Table, pairs: readonly Pair[]): boolean {
  const [from, to] = [source.columns.map(({ name }) => name), insertable(target).map(({ name }) => name)];
  const inOrder = (count: number): boolean =>
    from.length === count &&
    pairs.length === to.length &&
    pairs.slice(0, count).every((pair, index) => pair.to === to[index] && isColumn(pair.from, from[index]!));
  if (style === 'SELECT *') return inOrder(to.length);
  if (style === 'SELECT *, NULL') return inOrder(to.length - 1) && pairs.at(-1)?.from.kind === 'literal';
  if (style === 'positional') return pairs.length === to.length && pairs.every((pair, index) => pair.to === to[index]);
  return true;
}

function isColumn(source: Source, name: string): boolean {
  return source.kind === 'column' && source.column === name;
}

/** The statements of a copy. `part` is a number that no other copy of the migration has. */
export function copyStatements(
  chance: Chance,
  style: Style,
  copy: Copy,
  source: string,
  target: string,
  part: number,
): string[] {
  const pairs = style === 'columns in another order' ? chance.shuffled(copy.pairs) : copy.pairs;
  const positional = style === 'positional' || style.startsWith('SELECT *');
  const list = positional ? '' : ` (${pairs.map(({ to }) => q(to)).join(', ')})`;
  const into = `INTO ${target}${list}`;
  const end = `${copy.where === undefined ? '' : ` WHERE ${copy.where}`}${copy.limit ?? ''}`;
  const distinct = copy.distinct === true ? 'DISTINCT ' : '';
  const join = copy.join ?? (style === 'LEFT JOIN' ? ` AS o LEFT JOIN lookup ON lookup.k = 1` : '');
  const from = `${source}${join}`;
  const items = (prefix: string): string => pairs.map(({ from }) => write(from, prefix)).join(', ');
  const insert = `INSERT ${copy.conflict ?? ''}`.trim();
  const plain = `SELECT ${distinct}${items('')} FROM ${from}${end}`;
  const half = (test: string): string =>
    `SELECT ${distinct}${items('')} FROM ${from} WHERE ${copy.where === undefined ? '' : `(${copy.where}) AND `}${test}${copy.limit ?? ''}`;
  const key = firstColumn(pairs);
  const whole = (select: string): string => `${insert} ${into} ${select}`;
  switch (style) {
    case 'SELECT *':
      return [whole(`SELECT ${distinct}* FROM ${source}${end}`)];
    case 'SELECT *, NULL':
      return [whole(`SELECT ${distinct}*, ${write(pairs.at(-1)!.from, '')} FROM ${source}${end}`)];
    case 'aliases': {
      const aliased = pairs.map(({ to, from }) => `${write(from, copy.join === undefined ? 'o.' : '')} AS ${q(to)}`);
      const named = copy.join === undefined ? `${source} AS o` : from;
      return [whole(`SELECT ${distinct}${aliased.join(', ')} FROM ${named}${end}`)];
    }
    case 'CTE': {
      const named = pairs.map(({ to, from }) => `${write(from, '')} AS ${q(to)}`).join(', ');
      const back = pairs.map(({ to }) => q(to)).join(', ');
      return [`WITH old AS (SELECT ${distinct}${named} FROM ${from}${end}) ${insert} ${into} SELECT ${back} FROM old`];
    }
    case 'subquery': {
      const named = pairs.map(({ to, from }) => `${write(from, '')} AS ${q(to)}`).join(', ');
      const back = pairs.map(({ to }) => `q.${q(to)}`).join(', ');
      return [whole(`SELECT ${back} FROM (SELECT ${distinct}${named} FROM ${from}${end}) AS q`)];
    }
    case 'view': {
      const view = `copied_${part}`;
      const named = pairs.map(({ to, from }) => `${write(from, '')} AS ${q(to)}`).join(', ');
      const back = pairs.map(({ to }) => q(to)).join(', ');
      return [
        `CREATE TEMP VIEW ${view} AS SELECT ${distinct}${named} FROM ${from}${end}`,
        whole(`SELECT ${back} FROM ${view}`),
        `DROP VIEW ${view}`,
      ];
    }
    case 'INSTEAD OF trigger': {
      const view = `filled_${part}`;
      const names = pairs.map(({ to }) => q(to)).join(', ');
      const values = pairs.map(({ to }) => `new.${q(to)}`).join(', ');
      const table = target.replace(/^temp\./, '');
      return [
        `CREATE TEMP VIEW ${view} AS SELECT ${names} FROM ${target}`,
        `CREATE TEMP TRIGGER ${view}_row INSTEAD OF INSERT ON ${view} BEGIN ${insert} INTO ${table} (${names}) VALUES (${values}); END`,
        `INSERT INTO ${view} (${names}) ${plain}`,
        `DROP VIEW ${view}`,
      ];
    }
    case 'two INSERTs':
      return [whole(half(third(key, 1))), whole(half(`(${third(key, 1)}) IS NOT TRUE`))];
    case 'UNION ALL':
      if (copy.limit !== undefined) return [whole(plain)];
      return [whole(`${half(third(key, 1))} UNION ALL ${half(`(${third(key, 1)}) IS NOT TRUE`)}`)];
    case 'OR IGNORE':
    case 'OR REPLACE':
      return [`INSERT ${copy.conflict ?? style} ${into} ${plain}`];
    case 'ON CONFLICT DO NOTHING':
      if (copy.conflict !== undefined) return [whole(plain)];
      return [
        `${insert} ${into} SELECT ${distinct}${items('')} FROM ${from} WHERE ${copy.where ?? 'true'}${copy.limit ?? ''} ON CONFLICT DO NOTHING`,
      ];
    case 'ORDER BY':
      return [whole(copy.limit === undefined ? `${plain} ORDER BY 1` : plain)];
    default:
      return [whole(plain)];
  }
}

/** A column of the source that a predicate can use. */
function firstColumn(pairs: readonly Pair[]): string {
  for (const { from } of pairs) if (from.kind === 'column') return from.column;
  throw new Error('a copy without a column of its source');
}

function write(source: Source, prefix: string): string {
  if (source.kind === 'column') return `${prefix}${q(source.column)}`;
  return source.sql;
}
