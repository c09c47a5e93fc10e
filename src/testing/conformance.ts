import { columnChecks } from './checks/columns.ts';
import { factChecks } from './checks/facts.ts';
import { connectionChecks } from './checks/connections.ts';
import { statementChecks } from './checks/statements.ts';
import { transactionChecks } from './checks/transactions.ts';
import { valueChecks } from './checks/values.ts';
import type { ConformanceCheck } from './checks/check.ts';

export type { ConformanceCheck, MakeBridge } from './checks/check.ts';

/**
 * The contract of a bridge, as checks for any test framework:
 *
 * ```ts
 * import { bridgeConformanceChecks } from 'dunlin/testing';
 *
 * for (const check of bridgeConformanceChecks) {
 *   test(check.name, async () => void (await check.run(() => myBridge(':memory:'))));
 * }
 * ```
 *
 * Some checks need a database with a file, or something that the engine lacks by its facts; they are skipped with that
 * reason.
 */
export const bridgeConformanceChecks: readonly ConformanceCheck[] = [
  ...statementChecks,
  ...valueChecks,
  ...transactionChecks,
  ...columnChecks,
  ...connectionChecks,
  ...factChecks,
];
