import type { SchemaDrift } from '../options.ts';
import { describeDrift, type ObjectChange } from '../schema/index.ts';

/** The differences, each with its words. */
export function tellDrift(drift: readonly ObjectChange[]): readonly SchemaDrift[] {
  return drift.map((change) => ({ ...change, text: describeDrift(change) }));
}
