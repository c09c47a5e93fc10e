import { Chance } from '../../support/schemas/chance.ts';
import { styles } from './copy.ts';
import { rebuildDefects } from './defects.ts';
import type { World } from './model.ts';
import { codeForms } from './code-forms.ts';
import { mergeForms } from './merge-forms.ts';
import { moveForms } from './move-forms.ts';
import { schemaForms } from './schema-forms.ts';
import { statementForms } from './statement-forms.ts';
import { rebuildForms, resetNames, type Form } from './rebuild-forms.ts';
import { generateSchema } from './schema.ts';
import type { GeneratedMigration } from './steps.ts';

/** A case: a schema with rows, and migrations that one run applies. */
export interface GeneratedCase {
  readonly seed: number;
  readonly schema: readonly string[];
  readonly migrations: readonly GeneratedMigration[];
  /** Triggers and tables as they are before each migration. */
  readonly worlds: readonly World[];
}

const forms: Readonly<Record<string, Form>> = {
  ...rebuildForms,
  ...moveForms,
  ...mergeForms,
  ...codeForms,
  ...statementForms,
  ...schemaForms,
};

const otherDefects = [
  'halves overlap',
  'UNION instead of UNION ALL',
  'WHERE in the part',
  'trigger removes rows elsewhere',
  'DELETE of nothing beside a trigger',
  'DELETE whose trigger removes more',
];

const defects: readonly string[] = [...Object.keys(rebuildDefects), ...otherDefects];

/** Every form with every defect that it can have; each without any as often as with all of them together. */
const combinations: readonly (readonly [form: string, defect: string])[] = combine();

function combine(): [string, string][] {
  const pairs: [string, string][] = [];
  for (const [name, form] of Object.entries(forms)) {
    const possible = defects.filter((defect) => defect !== 'none' && canHave(form, defect));
    const rebuilds = Object.hasOwn(rebuildForms, name) || name === 'moved to another name';
    for (const defect of possible) pairs.push([name, defect]);
    for (let i = 0; i < (rebuilds ? 24 : Math.max(2, possible.length)); i++) pairs.push([name, 'none']);
  }
  return new Chance(7).shuffled(pairs);
}

/** Whether a form knows a defect, asked by trying it on some schemas. */
function canHave(form: Form, defect: string): boolean {
  for (let start = 1; start <= 60; start++) {
    const chance = new Chance(start);
    const { world } = generateSchema(chance);
    if (form(chance, world, defect, 'columns in order') !== undefined) return true;
  }
  return false;
}

function combinationOf(seed: number): readonly [form: string, defect: string] {
  return combinations[seed % combinations.length]!;
}

/** The combinations that so many cases in a row come to, each once. */
export function combinationsOf(seed: number, cases: number): readonly (readonly [form: string, defect: string])[] {
  const pairs = Array.from({ length: Math.min(cases, combinations.length) }, (_, index) => combinationOf(seed + index));
  return [...new Map(pairs.map((pair) => [pair.join(), pair])).values()];
}

/** The case of a seed: its form and defect come in turn, all else by chance. */
export function generateCase(seed: number): GeneratedCase {
  const [form, defect] = combinationOf(seed);
  // Not every schema can have every defect: another is made then.
  for (let attempt = 0; attempt < 200; attempt++) {
    const made = tryCase(seed, attempt, form, defect);
    if (made !== undefined) return made;
  }
  throw new Error(`no schema was found for ${form} with ${defect}`);
}

function tryCase(seed: number, attempt: number, form: string, defect: string): GeneratedCase | undefined {
  resetNames();
  const chance = new Chance(seed * 211 + attempt);
  const { world, sql: schema } = generateSchema(chance);
  const migrations: GeneratedMigration[] = [];
  const worlds: World[] = [];
  const add = (name: string, kind: string): boolean => {
    const before = { ...world };
    if (world.tables.length === 0) return false;
    const made = forms[name]!(chance, world, kind, chance.pick(styles));
    if (made === undefined || made.steps.length === 0) {
      Object.assign(world, before);
      return false;
    }
    const base = { form: name, destructive: made.destructive ?? [] };
    if (made.prelude !== undefined) {
      migrations.push({
        ...base,
        form: `${name}: before`,
        style: '-',
        defect: 'none',
        steps: made.prelude,
        code: false,
      });
      worlds.push(before);
    }
    migrations.push({ ...base, style: made.style, defect: kind, steps: made.steps, code: made.code ?? false });
    worlds.push(before);
    return true;
  };
  if (chance.is(0.3)) add(chance.pick(Object.keys(forms)), 'none');
  if (!add(form, defect)) return undefined;
  if (defect === 'none' && chance.is(0.3)) add(chance.pick(Object.keys(forms)), 'none');
  const last = migrations.at(-1)!;
  const table = chance.is(0.04) ? tableOfCase(world, chance) : undefined;
  if (table !== undefined) migrations[migrations.length - 1] = { ...last, destructive: [table] };
  return { seed, schema, migrations, worlds };
}

function tableOfCase(world: World, chance: Chance): string | undefined {
  return world.tables.length === 0 ? undefined : chance.pick(world.tables).name;
}
