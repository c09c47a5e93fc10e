import type Database from 'better-sqlite3';
import type { Expectation, Expected } from './expectation.ts';
import type { Facts, Finding } from './findings.ts';
import type { Observation } from './observation.ts';

/** The tables that keep their identity under one name: by the name before the migration. */
function survivors(expectation: Expectation): ReadonlyMap<string, Expected> {
  return new Map(
    expectation.tables
      .filter(({ end }) => end === 'lives' || end === 'rebuilt')
      .map((expected) => [expected.first, expected]),
  );
}

export function objectFindings(expectation: Expectation, { before }: Facts, now: Observation): Finding[] {
  const alive = survivors(expectation);
  return [...before.objects].flatMap(([object, table]): Finding[] => {
    if (expectation.objectsDropped.has(object)) return [];
    const isView = object.startsWith('view ');
    const expected = alive.get(table);
    if (!isView && expected === undefined) return [];
    const place = isView ? table : expected!.parts[0]!.table;
    const is = now.objects.get(object);
    if (isView ? is !== undefined : is?.toLowerCase() === place.toLowerCase()) return [];
    const certain = isView || expected!.rows > 0;
    return [{ kind: 'object lost', table, text: object, certain }];
  });
}

export function aliasFindings(
  after: Database.Database,
  expectation: Expectation,
  facts: Facts,
  now: Observation,
): Finding[] {
  const alive = survivors(expectation);
  return [...facts.before.aliases].flatMap(([table, column]): Finding[] => {
    const expected = alive.get(table);
    const part = expected?.parts[0];
    const name = part?.columns.get(column);
    if (expected === undefined || part === undefined || name === undefined || now.aliases.get(part.table) === name)
      return [];
    const info = after
      .prepare('SELECT type, "notnull", dflt_value FROM pragma_table_info(?) WHERE name = ?')
      .get(part.table, name) as { type: string; notnull: number; dflt_value: string | null } | undefined;
    if (info === undefined || info.notnull === 1 || info.dflt_value !== null) return [];
    const text = `${name} is ${info.type || 'untyped'}`;
    return [{ kind: 'rowid alias lost', table, text, certain: expected.rows > 0 }];
  });
}

export function sequenceFindings(
  after: Database.Database,
  expectation: Expectation,
  facts: Facts,
  now: Observation,
): Finding[] {
  const alive = survivors(expectation);
  return [...facts.before.sequences].flatMap((table): Finding[] => {
    const place = alive.get(table)?.parts[0]!.table;
    if (place === undefined || now.sequences.has(place)) return [];
    const text = after.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').pluck().get(place) as string | undefined;
    // Dunlin sets back the sequence of a rebuilt table; only one that cannot have any loses it.
    return text === undefined || /AUTOINCREMENT/.test(text)
      ? []
      : [{ kind: 'sequence lost', table, text: 'AUTOINCREMENT is gone', certain: true }];
  });
}

/** By its name after the migration, what a table was called before it. One that takes rows of others is itself. */
function firstNames(expectation: Expectation): ReadonlyMap<string, string> {
  const moved = expectation.tables.filter(({ end }) => end === 'moved');
  const alive = expectation.tables.filter(({ end }) => end === 'lives' || end === 'rebuilt');
  return new Map([...moved, ...alive].flatMap(({ parts, first }) => parts.map(({ table }) => [table, first] as const)));
}

/** New members of the multiset of violating values. Children are followed through renames and copies. */
export function referenceFindings(expectation: Expectation, { before, existed }: Facts, now: Observation): Finding[] {
  const first = firstNames(expectation);
  const left = before.violations.map(({ child, values }) => `${child} ${values}`);
  const findings: Finding[] = [];
  for (const { child, parent, values } of now.violations) {
    const at = left.indexOf(`${first.get(child) ?? child} ${values}`);
    if (at >= 0) left.splice(at, 1);
    // A row that violated before may be copied.
    else if (!first.has(child) && before.violations.some((violation) => violation.values === values)) continue;
    else
      findings.push({
        kind: 'foreign keys violated',
        table: child,
        text: `${values} is not in ${parent}`,
        certain: true,
      });
  }
  // A rename can leave a child with a parent that is gone, although no row shows it yet. A foreign key that still names
  // a table that was dropped, split or merged is noted.
  const dropped = new Set(
    expectation.tables
      .filter((one) => one.end === 'dropped' || isSplitOrMerged(expectation, one))
      .map(({ first: name }) => name),
  );
  for (const [child, parents] of now.missingParents) {
    const known = before.missingParents.get(first.get(child) ?? '');
    if (known === undefined) continue;
    for (const parent of parents)
      if (!known.has(parent))
        findings.push({
          kind: 'foreign keys violated',
          table: child,
          text: `${parent} does not exist`,
          certain: !dropped.has(parent),
        });
  }
  for (const child of now.mismatches) {
    const name = first.get(child);
    // A new table may refer to what another program makes.
    if (name === undefined || before.mismatches.has(name)) continue;
    const certain = existed.has(name) || rowsOf(expectation, name) > 0;
    findings.push({ kind: 'foreign keys violated', table: child, text: 'foreign key mismatch', certain });
  }
  return findings;
}

/** Whether the rows of a table are in several tables now, or in one together with those of another. */
function isSplitOrMerged({ tables }: Expectation, { first: name, end, parts }: Expectation['tables'][number]): boolean {
  const others = tables.filter((one) => one.first !== name).flatMap((one) => one.parts.map(({ table }) => table));
  return end === 'moved' && (parts.length > 1 || parts.some(({ table }) => others.includes(table)));
}

export function brokenFindings(expectation: Expectation, { before }: Facts, now: Observation): Finding[] {
  return (
    [...now.broken]
      // What is new and cannot work is noted, not refused.
      .filter((object) => before.objects.has(object) && !before.broken.has(object))
      .map((object) => ({
        kind: 'object broken',
        table: now.objects.get(object)!,
        text: object,
        certain: !expectation.objectsDropped.has(object),
      }))
  );
}

function rowsOf(expectation: Expectation, first: string): number {
  const expected = expectation.tables.find((one) => one.first === first);
  return expected === undefined ? 0 : Number(expectation.read(`SELECT count(*) FROM ${expected.id}`)[0]![0]);
}
