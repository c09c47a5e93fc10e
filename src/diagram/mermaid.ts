import type { ColumnModel, SchemaModel, TableModel } from '../schema/index.ts';
import {
  columnsOf,
  marksOf,
  missingParents,
  relationsOf,
  viewsOf,
  type Relation,
  type DiagramOptions,
} from './relations.ts';

/** An `erDiagram` of Mermaid (https://mermaid.js.org/syntax/entityRelationshipDiagram.html). */
export function mermaid(model: SchemaModel, options: DiagramOptions): string {
  const views = viewsOf(model, options);
  const id = entityIds([...model.tables, ...views].map(({ name }) => name).concat(missingParents(model)));
  const titled = (name: string, what: string): string => `${id(name)}["${quoted(`${name} (${what})`)}"]`;
  const lines = [
    ...model.tables.flatMap((table) => {
      const columns = columnsOf(table).map((column) => `  ${attribute(table, column)}`);
      const state = options.changes?.get(table.name);
      const entity = state === undefined ? id(table.name) : titled(table.name, state);
      return columns.length === 0 ? [entity] : [`${entity} {`, ...columns, '}'];
    }),
    ...views.flatMap(({ name, columns }) => {
      const entity = titled(name, 'view');
      if (columns === null || columns.length === 0) return [entity];
      return [`${entity} {`, ...columns.map((column) => `  ${typed(column)}${renamed(column.name)}`), '}'];
    }),
    ...relationsOf(model).map((relation) => relationLine(relation, id)),
  ];
  return ['%% written by `dunlin dump`', 'erDiagram', ...lines.map((line) => `  ${line}`)].join('\n') + '\n';
}

/** `INTEGER user_id FK "not null"` */
function attribute(table: TableModel, column: ColumnModel): string {
  const keys = marksOf(table, column.name);
  const facts = [
    ...(word(column.name) === column.name ? [] : [column.name]),
    ...(column.notNull && !keys.includes('PK') ? ['not null'] : []),
    ...(column.generated === null ? [] : ['generated']),
  ];
  const comment = facts.length === 0 ? '' : ` "${quoted(facts.join(', '))}"`;
  return `${typed(column)}${keys.length === 0 ? '' : ` ${keys.join(', ')}`}${comment}`;
}

function typed({ name, type }: Pick<ColumnModel, 'name' | 'type'>): string {
  return `${type === '' ? 'untyped' : word(type.replaceAll(/\s*([(),])\s*/g, '$1'))} ${word(name)}`;
}

function renamed(name: string): string {
  return word(name) === name ? '' : ` "${quoted(name)}"`;
}

function relationLine({ child, parent, key, optional, single }: Relation, id: (name: string) => string): string {
  const line = `${optional ? '|o' : '||'}--o${single ? '|' : '{'}`;
  return `${id(parent)} ${line} ${id(child)} : "${quoted(key.columns.join(', '))}"`;
}

/**
 * A type or the name of an attribute. Mermaid accepts letters, digits and a few other characters. It must not start with a
 * digit or look like a key.
 */
function word(text: string): string {
  const clean = text.replaceAll(/[^A-Za-z0-9\-_[\]().,*\u00C0-\uFFFF]/g, '_');
  return !/^[*A-Za-z_\u00C0-\uFFFF]/.test(clean) || /^(?:pk|fk|uk)\b/i.test(clean) ? `_${clean}` : clean;
}

/** A text in double quotes. Mermaid has no escape for quotes, and gives some characters a meaning. */
function quoted(text: string): string {
  const plain = text.replaceAll('"', "'").replaceAll(/[%~\\\p{Cc}]/gu, '_');
  // Mermaid reads these words as a statement anywhere in a line.
  return plain.replaceAll(/(direction)\s+(?=(?:tb|bt|rl|lr)\b)/gi, '$1_');
}

/** Entities by table name. If two names are equal once quoted, they get a number. */
function entityIds(names: readonly string[]): (name: string) => string {
  const ids = new Map<string, string>();
  for (const name of names) {
    const plain = quoted(name === '' ? '_' : name);
    let id = plain;
    for (let n = 2; [...ids.values()].includes(id); n++) id = `${plain} ${n}`;
    ids.set(name, id);
  }
  return (name) => `"${ids.get(name)!}"`;
}
