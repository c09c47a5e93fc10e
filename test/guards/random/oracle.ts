import type Database from 'better-sqlite3';
import type { Expectation } from './expectation.ts';
import type { Facts, Finding } from './findings.ts';
import type { World } from './model.ts';
import {
  aliasFindings,
  brokenFindings,
  objectFindings,
  referenceFindings,
  sequenceFindings,
} from './object-findings.ts';
import { observe } from './observation.ts';
import { rowFindings } from './row-findings.ts';

/** Compares a database after a migration with what is expected of it. */
export function findLosses(after: Database.Database, expectation: Expectation, facts: Facts): Finding[] {
  const now = observe(after);
  const findings = [
    ...rowFindings(after, expectation, facts),
    ...objectFindings(expectation, facts, now),
    ...aliasFindings(after, expectation, facts, now),
    ...sequenceFindings(after, expectation, facts, now),
  ].filter(({ table }) => !facts.destructive.includes(table));
  return [
    ...findings,
    ...referenceFindings(expectation, facts, now),
    ...brokenFindings(expectation, facts, now),
    ...expectation.doubts.map((text) => ({ kind: 'values changed' as const, table: '', text, certain: false })),
  ];
}

/** Which tables the triggers of a schema may change behind a statement on another table. */
export function tamperedBy(world: World): ReadonlySet<string> {
  return new Set(world.triggers.filter(({ work }) => work !== 'log').map(({ target }) => target));
}
