import { dunlinError } from '../errors/index.ts';
import {
  canonical,
  nameKey,
  sameName,
  textOf,
  type ColumnText,
  type ConstraintText,
  type TableText,
} from '../sql/index.ts';
import type { RebuildLocation, ChangeTarget } from './changes.ts';
import { cutSpan, removePart } from './table-text.ts';

/** A constraint where it stands: at a column, or among the constraints of the table. */
interface Placed {
  readonly constraint: ConstraintText;
  readonly column: ColumnText | undefined;
}

/** Removes the constraint that is meant. Errors: `REBUILD_INVALID` where there is none, or more than one. */
export function dropConstraint(table: TableText, which: ChangeTarget, place: RebuildLocation): string {
  const matching = placed(table).filter((one) => matches(table, one, which));
  const [only] = matching;
  if (only === undefined || matching.length > 1) {
    const names = placed(table).flatMap(({ constraint }) => constraint.name ?? []);
    const fact = only === undefined ? `it has no ${words(which)}` : `it has ${matching.length} times ${words(which)}`;
    throw dunlinError('REBUILD_INVALID', {
      ...place,
      fact,
      ...('name' in which && only === undefined ? { column: which.name, names } : {}),
    });
  }
  return cut(table, only);
}

/** Removes the primary key. That there is none is an error only if it is `required`. */
export function dropPrimaryKey(table: TableText, place: RebuildLocation, required: boolean): string {
  const found = placed(table).find(({ constraint }) => constraint.kind === 'primary-key');
  if (found !== undefined) return cut(table, found);
  if (required) throw dunlinError('REBUILD_INVALID', { ...place, fact: 'it has no primary key' });
  return table.sql;
}

function cut(table: TableText, { constraint, column }: Placed): string {
  return column === undefined ? removePart(table, constraint) : cutSpan(table.sql, constraint);
}

function placed(table: TableText): readonly Placed[] {
  return [
    ...table.columns.flatMap((column) => column.constraints.map((constraint) => ({ constraint, column }))),
    ...table.constraints.map((constraint) => ({ constraint, column: undefined })),
  ];
}

function matches({ sql }: TableText, { constraint, column }: Placed, which: ChangeTarget): boolean {
  if ('name' in which) return constraint.name !== undefined && sameName(constraint.name, which.name);
  if (constraint.kind !== which.kind) return false;
  if (which.kind === 'check') {
    return canonical(textOf(sql, constraint.expression!)) === canonical(which.expression);
  }
  const columns = column === undefined ? constraint.columns.map(({ name }) => name) : [column.name.name];
  return columns.map(nameKey).join('\n') === which.columns.map(nameKey).join('\n');
}

function words(which: ChangeTarget): string {
  if ('name' in which) return `constraint ${which.name}`;
  if (which.kind === 'check') return `CHECK (${which.expression})`;
  return `${which.kind === 'unique' ? 'UNIQUE' : 'FOREIGN KEY'} (${which.columns.join(', ')})`;
}
