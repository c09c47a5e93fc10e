import { dunlinError } from '../../errors/index.ts';
import { isTableOrView, objectKey } from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import type { RunBaseline } from './run-baseline.ts';

/**
 * Throws when a temporary table or view of the application's connection hides one of the database. A name without a
 * schema is looked for among the temporary ones first (sqlite.org/lang_naming.html): what migrations write would go
 * there, and end with the connection.
 */
export function refuseHidden(baseline: RunBaseline): void {
  const { tables, others } = baseline.inventory;
  refuse(baseline, (key) => tables.has(key) || others.has(objectKey('view', key)));
}

/** The same for a table or view that a migration is about to make. */
export function refuseHiding(baseline: RunBaseline, name: string): void {
  refuse(baseline, (key) => key === nameKey(name));
}

function refuse({ temporary }: RunBaseline, hides: (key: string) => boolean): void {
  const hiding = temporary.find((object) => isTableOrView(object) && hides(nameKey(object.name)));
  if (hiding !== undefined) throw dunlinError('TEMPORARY_HIDES', { type: hiding.type, name: hiding.name });
}
