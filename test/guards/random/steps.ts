import type { Expectation } from './expectation.ts';

/** Tells the oracle what a statement declares, by what the generator knows of it; `changes` is what SQLite counted. */
export type Declare = (expectation: Expectation, changes: number) => void;

/** One step of a migration. */
export type Step =
  /** Only informs the oracle. */
  | { readonly kind: 'declare'; readonly declare: Declare }
  | { readonly kind: 'sql'; readonly sql: string; readonly declare?: Declare }
  /** Code that reads rows and writes them one by one. */
  | { readonly kind: 'rows'; readonly select: string; readonly insert: string; readonly declare?: Declare }
  /** `db.rebuildTable`, and the statements that do the same by hand. */
  | {
      readonly kind: 'rebuild';
      readonly table: string;
      readonly calls: readonly (readonly [method: string, ...args: readonly unknown[]])[];
      readonly byHand: readonly string[];
      readonly declare?: Declare;
    };

export function sql(text: string, declare?: Declare): Step {
  return declare === undefined ? { kind: 'sql', sql: text } : { kind: 'sql', sql: text, declare };
}

export function declare(tell: Declare): Step {
  return { kind: 'declare', declare: tell };
}

/** What one migration is, and what the tests count it under. */
export interface GeneratedMigration {
  readonly form: string;
  /** How the copy is written, where there is one. */
  readonly style: string;
  readonly defect: string;
  readonly steps: readonly Step[];
  /** Names in `destructive`. */
  readonly destructive: readonly string[];
  /** Whether the statements are run by a function. */
  readonly code: boolean;
}

/** The migration as a reader would write it: the text that runs, or the calls of its function. */
export function textOf({ steps, destructive, code, form, style, defect }: GeneratedMigration): string {
  const lines = steps.flatMap((step) => {
    if (step.kind === 'declare') return [];
    if (step.kind === 'sql') return code ? `db.exec(${JSON.stringify(step.sql)});` : `${step.sql};`;
    if (step.kind === 'rows')
      return `for (row of db.all(${JSON.stringify(step.select)})) db.run(${JSON.stringify(step.insert)}, ...row);`;
    return `db.rebuildTable(${JSON.stringify(step.table)}, ${JSON.stringify(step.calls)});`;
  });
  const title = `-- form: ${form}; copy: ${style}; defect: ${defect}`;
  return [title, ...destructive.map((name) => `-- dunlin: destructive ${name}`), ...lines].join('\n');
}
