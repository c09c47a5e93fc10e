import type { Value } from '../../bridge/index.ts';
import { maxVersion } from '../../migration/index.ts';
import type { LedgerRow } from './layout.ts';

type Raw = Readonly<
  Record<
    'version' | 'name' | 'appliedAt' | 'checksum' | 'executionTimeMs' | 'schemaVersion' | 'textHash',
    Value | undefined
  >
>;

/** Validates a row: the row, or the first fact that shows that Dunlin did not write it. */
export function checkRow(label: string, raw: Raw): LedgerRow {
  const { version, name, appliedAt, checksum, executionTimeMs, schemaVersion, textHash } = raw;
  const damaged = (fact: string): LedgerRow => ({ ok: false, label, fact });
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1 || version > maxVersion)
    return damaged('has a version that is not a positive whole number of at most 15 digits');
  if (typeof name !== 'string' || name === '') return damaged('has no name');
  if (typeof appliedAt !== 'string' || Number.isNaN(Date.parse(appliedAt))) return damaged('has no time in applied_at');
  if (typeof checksum !== 'string' || checksum === '') return damaged('has no checksum');
  return {
    ok: true,
    row: {
      version,
      name,
      appliedAt,
      checksum,
      executionTimeMs: typeof executionTimeMs === 'number' ? executionTimeMs : null,
      schemaVersion: typeof schemaVersion === 'string' ? schemaVersion : null,
      textHash: typeof textHash === 'string' ? textHash : null,
      upText: null,
      downText: null,
    },
  };
}
