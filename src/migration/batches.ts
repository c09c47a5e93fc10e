import { dunlinError } from '../errors/index.ts';
import type { SqlStatement } from '../sql/index.ts';
import { locateStatement } from './position.ts';
import type { Script } from './script.ts';
import type { BatchLine, Directives, Section } from './types.ts';

/** Which statements the `batch` lines of a part mean: the one below each. The result has the batch's size by offset. */
export function batchesIn(statements: readonly SqlStatement[], lines: readonly BatchLine[]): Map<number, number> {
  const batches = new Map<number, number>();
  // Both are in the order of the file.
  let next = 0;
  for (const line of lines) {
    while (next < statements.length && statements[next]!.offset <= line.offset) next++;
    const [above, below] = [statements[next - 1], statements[next]];
    if (below !== undefined && (above === undefined || !isWithin(line, above))) batches.set(below.offset, line.size);
  }
  return batches;
}

function isWithin(line: BatchLine, statement: SqlStatement): boolean {
  return statement.offset < line.offset && line.offset < statement.offset + statement.sql.length;
}

/** A `batch` line without a statement of its own would be passed over in silence. */
export function refuseStrayBatches(script: Script, { batches }: Directives, sections: readonly Section[]): void {
  const used = sections.reduce((sum, section) => sum + section.batches.size, 0);
  if (used === batches.length) return;
  const meant = sections.flatMap((section) => [...section.batches.keys()]);
  for (const [i, line] of batches.entries()) {
    const end = batches[i + 1]?.offset ?? Number.POSITIVE_INFINITY;
    if (meant.some((offset) => offset > line.offset && offset < end)) continue;
    const { at, details } = locateStatement(script.origin, script.text, line.offset);
    const fact = 'has to stand above an UPDATE or a DELETE of the UP or DOWN part';
    script.problems.push(
      dunlinError(
        'DIRECTIVE_INVALID',
        { at, directive: 'batch', fact, example: `-- dunlin: batch ${line.size}` },
        details,
      ),
    );
  }
}
