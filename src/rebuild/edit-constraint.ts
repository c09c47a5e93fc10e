import { dunlinError } from '../errors/index.ts';
import {
  canonical,
  constraintsOf,
  nameKey,
  sameName,
  textOf,
  type OwnedConstraint,
  type TableText,
} from '../sql/index.ts';
import type { RebuildLocation, ChangeTarget } from './changes.ts';
import { cutSpan, removePart } from './table-text.ts';

/** Removes a constraint. Errors: `REBUILD_INVALID` if there is none, or more than one. */
export function dropConstraint(table: TableText, which: ChangeTarget, location: RebuildLocation): string {
  const matching = constraintsOf(table).filter((one) => matches(table, one, which));
  const [only] = matching;
  if (only === undefined || matching.length > 1) {
    const names = constraintsOf(table).flatMap(({ constraint }) => constraint.name ?? []);
    const fact = only === undefined ? `it has no ${words(which)}` : `it has ${matching.length} times ${words(which)}`;
    throw dunlinError('REBUILD_INVALID', {
      ...location,
      fact,
      ...('name' in which && only === undefined ? { column: which.name, names } : {}),
    });
  }
  return cut(table, only);
}

/** Removes the primary key. A missing one is an error only if `required`. */
export function dropPrimaryKey(table: TableText, location: RebuildLocation, required: boolean): string {
  const found = constraintsOf(table).find(({ constraint }) => constraint.kind === 'primary-key');
  if (found !== undefined) return cut(table, found);
  if (required) throw dunlinError('REBUILD_INVALID', { ...location, fact: 'it has no primary key' });
  return table.sql;
}

function cut(table: TableText, { constraint, column }: OwnedConstraint): string {
  return column === undefined ? removePart(table, constraint) : cutSpan(table.sql, constraint);
}

function matches({ sql }: TableText, { constraint, columns }: OwnedConstraint, which: ChangeTarget): boolean {
  if ('name' in which) return constraint.name !== undefined && sameName(constraint.name, which.name);
  if (constraint.kind !== which.kind) return false;
  if (which.kind === 'check') {
    return canonical(textOf(sql, constraint.expression!)) === canonical(which.expression);
  }
  return columns.map(nameKey).join('\n') === which.columns.map(nameKey).join('\n');
}

function words(which: ChangeTarget): string {
  if ('name' in which) return `constraint ${which.name}`;
  if (which.kind === 'check') return `CHECK (${which.expression})`;
  return `${which.kind === 'unique' ? 'UNIQUE' : 'FOREIGN KEY'} (${which.columns.join(', ')})`;
}
