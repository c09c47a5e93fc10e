import type { Migration } from '../../migration/index.ts';
import { Links } from './links.ts';
import { collectHints, type ValueHints } from './value-hints.ts';

/** What the migrations say about values. Rows must satisfy later migrations too, so all of them count. */
export function hintsOfMigrations(migrations: readonly Migration[]): {
  readonly hints: ValueHints;
  readonly links: Links;
} {
  const hints: ValueHints = new Map();
  const links = new Links();
  for (const migration of migrations) {
    const text = migration.kind === 'sql' ? migration.text : '';
    collectHints(text, hints);
    links.read(text);
  }
  links.spreadReferences(hints);
  return { hints, links };
}
