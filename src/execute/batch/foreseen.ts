import type { Op } from '../../bridge/index.ts';
import { dunlinError, type DunlinError } from '../../errors/index.ts';
import { head, locationOf, type Batch, type Step, type StepStatement } from '../../plan/index.ts';
import { nameKey, type ParsedStatement } from '../../sql/index.ts';
import { keyOrRefusal, refusalOfText } from './refusal.ts';

/**
 * The batches that a run would refuse, as far as that is known before it: a statement whose table, or what it reads, a
 * step before it creates or changes is looked at when its turn comes.
 */
export function* foreseenRefusals(steps: readonly Step[]): Op<readonly DunlinError[]> {
  const problems: DunlinError[] = [];
  if (!steps.some((step) => step.statements.some(({ batch }) => batch !== undefined))) return problems;
  const before: ParsedStatement[] = [];
  let known = true;
  for (const step of steps) {
    for (const entry of step.statements) {
      const fact =
        entry.batch === undefined
          ? undefined
          : (refusalOfText(entry, step.foreignKeys) ??
            (known && !before.some((facts) => touches(facts, entry.batch!))
              ? yield* refusalOfSchema(entry.batch)
              : undefined));
      if (fact !== undefined) problems.push(refused(step, entry, fact));
      before.push(entry.facts);
    }
    // What code does is known only when it runs.
    if (step.run !== undefined) known = false;
  }
  return problems;
}

function* refusalOfSchema(batch: Batch): Op<string | undefined> {
  const found = yield* keyOrRefusal(batch);
  return typeof found === 'string' ? found : undefined;
}

/** Whether a statement before a batch may make, drop or change what the batch is judged by. */
function touches(facts: ParsedStatement, { parts }: Batch): boolean {
  const isOurs = (name: string): boolean => {
    const key = nameKey(name);
    return key === nameKey(parts.table.name) || parts.reads.has(key);
  };
  if (facts.verb === 'create') {
    if (facts.object === 'index') return false;
    return isOurs(facts.object === 'trigger' ? facts.table : facts.name.name);
  }
  if (facts.verb === 'drop') return facts.object === 'trigger' || (facts.object !== 'index' && isOurs(facts.name.name));
  if (facts.verb !== 'alter') return facts.verb === 'unknown';
  return isOurs(facts.name.name) || (facts.change.kind === 'rename-table' && isOurs(facts.change.to));
}

function refused(step: Step, entry: StepStatement, fact: string): DunlinError {
  const { version, name, id, file, text } = step;
  return dunlinError(
    'BATCH_REFUSED',
    { id, statement: head(entry.statement), fact },
    { migration: { version, name }, location: locationOf(entry.statement, file, entry.number), source: text },
  );
}
