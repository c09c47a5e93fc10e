import { isDeepStrictEqual } from 'node:util';
import { parseTable } from '../../../src/sql/index.ts';
import type { Call } from './edit.ts';
import { normalForm } from './normal-form.ts';
import type { PlannedRebuild } from './plan-rebuild.ts';
import type { Snapshot } from './snapshot.ts';

/** What is not as it was planned, in words; nothing if all is. */
export function differences(before: Snapshot, after: Snapshot, planned: PlannedRebuild): string[] {
  return [
    ...after.complaints,
    ...objectDifferences(before, after, planned),
    ...rowDifferences(after, planned),
    ...listDifference('sequences', given(planned.expected), given(after)),
    ...statisticsDifferences(before, after, planned),
  ];
}

/** A sequence at 0 says as much as none. */
function given({ sequences }: Snapshot): readonly string[] {
  return sequences.filter((line) => !line.endsWith(' 0'));
}

function objectDifferences(before: Snapshot, after: Snapshot, planned: PlannedRebuild): string[] {
  const found = listDifference(
    'objects',
    [...planned.expected.objects.keys()].toSorted(),
    [...after.objects.keys()].toSorted(),
  );
  for (const [object, sql] of after.objects) {
    const [was, is] = [before.objects.get(object), planned.expected.objects.get(object)];
    // Indexes and triggers that went with the table, or came with it, are named above.
    if (was === undefined || is === undefined || sql === was) {
      if (object === `table ${planned.table}` && is !== undefined) found.push(...textDifference(object, is, sql));
      continue;
    }
    found.push(...textDifference(object, is, sql));
    const own = object === `table ${planned.table}`;
    if (!own && isDeepStrictEqual(normalForm(was), normalForm(is)))
      found.push(`${object} has another text without need:\n${was}\n${sql}`);
    if (own && !planned.renamed)
      for (const name of planned.untouched) {
        const text = columnText(was, name);
        if (!sql.includes(text)) found.push(`${object}: the text of ${name} is not there any more: ${text}\n${sql}`);
      }
  }
  return found;
}

function textDifference(object: string, expected: string, sql: string): string[] {
  const [is, should] = [normalForm(sql), normalForm(expected)];
  if (isDeepStrictEqual(is, should)) return [];
  const [found, wanted] = [is, should].map((form) => JSON.stringify(form, null, 1).split('\n'));
  const differing = [
    ...found!.filter((line) => !wanted!.includes(line)),
    'not',
    ...wanted!.filter((line) => !found!.includes(line)),
  ];
  return [`${object} is\n${sql}\nnot\n${expected}\n${differing.join('\n')}`];
}

function columnText(sql: string, name: string): string {
  const column = parseTable(sql)!.columns.find((one) => one.name.name === name)!;
  return sql.slice(column.start, column.end);
}

function rowDifferences(after: Snapshot, { table, expected, keepsRowids }: PlannedRebuild): string[] {
  const withoutRowids = (rows: readonly string[] = []): string[] =>
    rows.map((row) => row.slice(row.indexOf(' '))).toSorted();
  return [...expected.rows].flatMap(([name, rows]) => {
    const found = after.rows.get(name) ?? [];
    return name === table && !keepsRowids
      ? listDifference(`rows of ${name}`, withoutRowids(rows), withoutRowids(found))
      : listDifference(`rows of ${name}`, rows, found);
  });
}

function statisticsDifferences(before: Snapshot, after: Snapshot, planned: PlannedRebuild): string[] {
  const { table, expected, renamed } = planned;
  // The figures mean nothing for other keys: a WITHOUT ROWID table's is a part of every index, as a column's collation is.
  const other = ({ method, args: [, change] }: Call): boolean =>
    /PrimaryKey|withoutRowid/.test(method) ||
    (method === 'changeColumn' && (typeof change === 'string' || 'collate' in (change as object)));
  const sameIndexes = !renamed && !planned.calls.some(other);
  const own = (line: string): boolean => (JSON.parse(line) as string[])[0] === table;
  const index = (line: string): string => String((JSON.parse(line) as string[])[1]);
  const unneeded = after.statistics.filter((line) => own(line) && !renamed && !before.statistics.includes(line));
  const lost = before.statistics.filter(
    (line) =>
      own(line) && sameIndexes && expected.objects.has(`index ${index(line)}`) && !after.statistics.includes(line),
  );
  return [
    ...listDifference(
      'statistics of other tables',
      before.statistics.filter((line) => !own(line)),
      after.statistics.filter((line) => !own(line)),
    ),
    ...listDifference('statistics from nowhere', [], unneeded),
    ...listDifference('statistics lost', [], lost),
  ];
}

function listDifference(what: string, expected: readonly string[], found: readonly string[]): string[] {
  if (isDeepStrictEqual(expected, found)) return [];
  return [`${what}: ${JSON.stringify(found)}\ninstead of ${JSON.stringify(expected)}`];
}
