import { dunlinError } from '../../errors/index.ts';
import { isTableOrView, objectKey } from '../../schema/index.ts';
import { nameKey, type NameKey } from '../../sql/index.ts';
import type { RunBaseline } from './run-baseline.ts';

/**
 * Throws if a temporary table or view of the application hides one of the database. SQLite looks up an unqualified
 * name among temporary objects first (sqlite.org/lang_naming.html): what migrations write would go there, and be lost
 * with the connection.
 */
export function refuseHidden(baseline: RunBaseline): void {
  const { tables, others } = baseline.inventory;
  refuse(baseline, (key) => tables.has(key) || others.has(objectKey('view', key)));
}

/** The same for a table or view that a migration creates. */
export function refuseHiding(baseline: RunBaseline, name: string): void {
  refuse(baseline, (key) => key === nameKey(name));
}

function refuse({ temporary }: RunBaseline, hides: (key: NameKey) => boolean): void {
  const hiding = temporary.find((object) => isTableOrView(object) && hides(nameKey(object.name)));
  if (hiding !== undefined) throw dunlinError('TEMPORARY_HIDES', { type: hiding.type, name: hiding.name });
}
