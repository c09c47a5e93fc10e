import type { ColumnModel, SchemaModel } from '../schema/index.ts';
import { escapeXml } from './svg-text.ts';
import {
  columnsOf,
  marksOf,
  missingParents,
  relationsOf,
  viewsOf,
  type Relation,
  type DiagramOptions,
} from './relations.ts';

/** A digraph for Graphviz, with an edge from each foreign key to its parent's columns. */
export function dot(model: SchemaModel, options: DiagramOptions): string {
  const ports = new Map(model.tables.map((table) => [table.name, columnsOf(table).map(({ name }) => name)]));
  const lines = [
    'graph [rankdir=RL, nodesep=0.4, ranksep=1.2]',
    'node [shape=plain, fontname="Helvetica", fontsize=11]',
    'edge [dir=both, fontname="Helvetica", fontsize=9, color="#667085"]',
    ...model.tables.map((table) =>
      node(
        table.name,
        table.name,
        columnsOf(table).map((column) => [marksOf(table, column.name).join(' '), nameOf(column), column.type]),
      ),
    ),
    ...missingParents(model).map((name) => node(name, `${name} (missing)`, [])),
    ...viewsOf(model, options).map(({ name, columns }) =>
      node(
        name,
        `${name} (view)`,
        (columns ?? []).map((column) => ['', escapeXml(column.name), column.type]),
      ),
    ),
    ...relationsOf(model).map((relation) => edge(relation, ports)),
  ];
  return (
    ['// written by `dunlin dump`', 'digraph schema {', ...lines.map((line) => `  ${line};`), '}'].join('\n') + '\n'
  );
}

/** NOT NULL columns are bold. */
function nameOf({ name, notNull }: ColumnModel): string {
  return notNull ? `<B>${escapeXml(name)}</B>` : escapeXml(name);
}

function node(name: string, title: string, rows: readonly (readonly [string, string, string])[]): string {
  const cells = rows.map(
    ([marks, column, type], i) =>
      `<TR><TD ALIGN="LEFT" PORT="l${i}">${marks}</TD><TD ALIGN="LEFT">${column}</TD><TD ALIGN="LEFT" PORT="r${i}">${escapeXml(type)}</TD></TR>`,
  );
  const head = `<TR><TD COLSPAN="3" BGCOLOR="#e4e9f2"><B>${escapeXml(title)}</B></TD></TR>`;
  return `${quoted(name)} [label=<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="4">${head}${cells.join('')}</TABLE>>]`;
}

/** Crow's feet: many children, at most one, exactly one parent. */
function edge(
  { child, parent, key, optional, single }: Relation,
  ports: ReadonlyMap<string, readonly string[]>,
): string {
  const from = portOf(ports.get(child), key.columns[0], 'l');
  const to = portOf(ports.get(parent), key.references[0], 'r');
  const arrows = `arrowtail="${single ? 'teeodot' : 'crowodot'}", arrowhead="${optional ? 'teeodot' : 'teetee'}"`;
  const label = key.columns.length > 1 ? `, label=${quoted(key.columns.join(', '))}` : '';
  return `${quoted(child)}${from} -> ${quoted(parent)}${to} [${arrows}${label}]`;
}

/** `:l0:w`, the row of a column. */
function portOf(columns: readonly string[] | undefined, column: string | undefined, side: 'l' | 'r'): string {
  const row = column === undefined ? -1 : (columns ?? []).indexOf(column);
  return row === -1 ? '' : `:${side}${row}:${side === 'l' ? 'w' : 'e'}`;
}

function quoted(text: string): string {
  return `"${text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll(/\p{Cc}/gu, ' ')}"`;
}
