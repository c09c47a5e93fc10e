import { parseStmtOrThrow } from 'sqlite3-parser';
import { grammarFacts, squeezed } from './facts.ts';

/**
 * What the text of an object says, whatever it looks like: the syntax tree without places, quotes and white space. A
 * constraint that stands behind a column counts as one of the table, and the order of constraints does not count.
 */
export function normalForm(sql: string): unknown {
  const statement = parseStmtOrThrow(sql).root;
  if (statement.type !== 'CreateTableStmt' || statement.body.type !== 'ColumnsAndConstraintsCreateTableBody')
    return bare(statement);
  const { columns, constraints } = statement.body;
  const { strict, withoutRowid } = grammarFacts(sql);
  const all: unknown[] = [];
  const described = columns.map((column) => {
    const own: unknown[] = [];
    for (const { name, constraint } of column.constraints) {
      const common = { name: name?.text, ...(bare(constraint) as object) };
      switch (constraint.type) {
        case 'PrimaryKeyColumnConstraint': {
          // DESC behind a column keeps it from being the rowid; on the table it does not.
          const member = {
            type: 'SortedColumn',
            expr: { type: 'Id', name: column.colName.text },
            order: constraint.order,
          };
          all.push({
            ...common,
            type: 'PrimaryKeyTableConstraint',
            order: undefined,
            columns: [member],
            behind: constraint.order === 'Desc',
          });
          break;
        }
        case 'UniqueColumnConstraint':
          all.push({
            ...common,
            type: 'UniqueTableConstraint',
            columns: [{ type: 'SortedColumn', expr: { type: 'Id', name: column.colName.text } }],
          });
          break;
        case 'CheckColumnConstraint':
          all.push({ ...common, type: 'CheckTableConstraint' });
          break;
        case 'ForeignKeyColumnConstraint':
          all.push({
            ...common,
            type: 'ForeignKeyTableConstraint',
            columns: [{ type: 'IndexedColumn', colName: { type: 'Name', text: column.colName.text } }],
          });
          break;
        case 'DeferColumnConstraint': {
          // The grammar knows no better; on the table it is a part of its foreign key.
          const key = all.at(-1) as { deferClause?: unknown };
          key.deferClause = bare(constraint.clause);
          break;
        }
        case 'NotNullColumnConstraint':
          if (!constraint.nullable) own.push(common);
          break;
        default:
          own.push(common);
      }
    }
    const type = bare(column.colType);
    return { name: column.colName.text, type: own.some(isGenerated) ? undefined : type, own: sorted(own) };
  });
  for (const { name, constraint } of constraints ?? []) all.push({ name: name?.text, ...(bare(constraint) as object) });
  return { table: statement.tblName.objName.text, columns: described, constraints: sorted(all), strict, withoutRowid };
}

function isGenerated(one: unknown): boolean {
  return (one as { type: string }).type === 'GeneratedColumnConstraint';
}

function sorted(list: readonly unknown[]): unknown[] {
  return list
    .map((one) => JSON.stringify(one, (_, value: unknown) => (isRecord(value) ? ordered(value) : value)))
    .toSorted()
    .map((text): unknown => JSON.parse(text));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function ordered(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A syntax tree without the places of its nodes, and without the case of what is no name in the schema. */
function bare(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(bare);
  if (!isRecord(node)) return node;
  if (node['type'] === 'Type') return withoutPlaces({ ...node, name: squeezed(String(node['name'])).toUpperCase() });
  if (node['type'] === 'CollateExpr')
    return withoutPlaces({ ...node, collation: String(node['collation']).toLowerCase() });
  if (node['type'] === 'CollateColumnConstraint' || node['type'] === 'GeneratedColumnConstraint') {
    const { collationName, typ, ...rest } = node as { collationName?: { text: string }; typ?: { name: string } };
    return withoutPlaces({ ...rest, word: (collationName?.text ?? typ?.name)?.toLowerCase() });
  }
  return withoutPlaces(node);
}

function withoutPlaces(node: Record<string, unknown>): unknown {
  return Object.fromEntries(
    Object.entries(node)
      .filter(([name, value]) => name !== 'span' && name !== 'flags' && name !== 'autoIncrement' && value !== undefined)
      .map(([name, value]) => [name, bare(value)])
      .concat(node['autoIncrement'] === true ? [['autoIncrement', true]] : []),
  );
}
