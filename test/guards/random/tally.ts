import type { Outcome, Verdict } from './run-case.ts';

interface Count {
  total: number;
  readonly ends: Map<string, number>;
}

/** What was generated how often, and how it ended. */
export class Tally {
  readonly #counts = new Map<string, Count>();
  readonly #verdicts = new Map<Verdict, number>();
  readonly #styles = new Map<string, Count>();
  readonly falseRefusals: string[] = [];

  add(round: number, outcomes: readonly Outcome[]): void {
    for (const { migration, verdict, ended, wrong } of outcomes) {
      this.#verdicts.set(verdict, this.of(verdict) + 1);
      const code = ended.split(':')[0]!;
      const end = `${verdict} ${code === 'ok' ? 'passed' : 'refused'}${wrong === undefined ? '' : ` (${wrong.toUpperCase()})`}`;
      count(this.#counts, `${migration.form} | ${migration.defect}`, end);
      count(this.#styles, `${migration.style} | ${migration.defect === 'none' ? 'none' : 'a defect'}`, end);
      if (wrong === 'false refusal')
        this.falseRefusals.push(`${round}: ${migration.form}, ${migration.style}, ${migration.defect}: ${ended}`);
    }
  }

  of(verdict: Verdict): number {
    return this.#verdicts.get(verdict) ?? 0;
  }

  get harmless(): number {
    return Math.max(1, this.of('harmless'));
  }

  /** Those of these combinations of a form and a defect that came up less often than so many times. */
  rarer(combinations: readonly (readonly [form: string, defect: string])[], times: number): string[] {
    return combinations.map((pair) => pair.join(' | ')).filter((name) => (this.#counts.get(name)?.total ?? 0) < times);
  }

  /** Defects that never cost anything: the generator does not make them as it should, or the oracle does not see them. */
  withoutLoss(): string[] {
    const losses = new Map<string, number>();
    for (const [name, { ends }] of this.#counts) {
      const defect = name.split(' | ')[1]!;
      const lost = [...ends].filter(([end]) => end.startsWith('loss')).reduce((sum, [, n]) => sum + n, 0);
      losses.set(defect, (losses.get(defect) ?? 0) + lost);
    }
    return [...losses].filter(([, n]) => n === 0).map(([defect]) => defect);
  }

  report(): string {
    const lines = (counts: ReadonlyMap<string, Count>): string[] =>
      [...counts]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(
          ([name, { total, ends }]) =>
            `| ${name} | ${total} | ${[...ends].map(([end, n]) => `${n} ${end}`).join(', ')} |`,
        );
    const verdicts = [...this.#verdicts].map(([verdict, n]) => `${n} ${verdict}`).join(', ');
    return [
      verdicts,
      '| form | defect | cases | ended |',
      ...lines(this.#counts),
      '| copy | defect | cases | ended |',
      ...lines(this.#styles),
      `${this.falseRefusals.length} false refusals`,
      ...this.falseRefusals,
    ].join('\n');
  }
}

function count(counts: Map<string, Count>, name: string, end: string): void {
  const known = counts.get(name) ?? { total: 0, ends: new Map() };
  known.total++;
  known.ends.set(end, (known.ends.get(end) ?? 0) + 1);
  counts.set(name, known);
}
