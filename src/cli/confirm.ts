import { dunlinError, plural } from '../errors/index.ts';
import type { Confirm } from '../lock/run-options.ts';
import type { Plan } from '../plan/types.ts';
import type { Arguments } from './arguments.ts';
import type { CliRunner, Context } from './context.ts';
import { painted } from './output/color.ts';
import { migrationId } from './output/format.ts';

/** A question before something is deleted or rolled back. */
export interface Question {
  /** "Rolling back 002_notes on app.db" */
  readonly what: string;
  readonly question: string;
  /** Lines before the question: what would be lost, or recorded. */
  readonly details: readonly string[];
}

/**
 * Asks before something is deleted or rolled back. `--yes` answers; without a terminal the flag is required.
 * Throws CONFIRMATION_NEEDED, DECLINED or INTERRUPTED.
 */
export async function confirm(context: Context, args: Arguments, { what, question, details }: Question): Promise<true> {
  if (args.flag('yes')) return true;
  context.report(...details);
  if (!context.interactive) throw dunlinError('CONFIRMATION_NEEDED', { what, flag: '--yes' });
  if (!(await askYesNo(context, question))) throw dunlinError('DECLINED', { what });
  return true;
}

/** Asks on the terminal; nothing but a yes counts as one. Ctrl-C and Ctrl-D throw INTERRUPTED. */
export async function askYesNo(context: Context, question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await ask(context, `${question} [y/N] `)).trim());
}

/** A question that only a database's name answers. */
export interface NameQuestion {
  readonly what: string;
  readonly details: readonly string[];
  /** The names that count, the one to propose first. */
  readonly names: readonly string[];
}

/** Asks for a name to be typed, unless an option gives it. Throws CONFIRMATION_WRONG for another name. */
export async function confirmName(
  context: Context,
  given: string | undefined,
  { what, details, names }: NameQuestion,
): Promise<void> {
  const [name = ''] = names;
  if (given === undefined) context.report(...details);
  if (given === undefined && !context.interactive) {
    const flag = `--confirm ${/^[\w.-]+$/.test(name) ? name : JSON.stringify(name)}`;
    throw dunlinError('CONFIRMATION_NEEDED', { what, flag });
  }
  const answer = given ?? (await ask(context, `Type the database's name, ${name}, to continue: `)).trim();
  if (!names.includes(answer)) throw dunlinError('CONFIRMATION_WRONG', { given: answer, database: names.join(' or ') });
}

/** One line from the terminal; Ctrl-C and Ctrl-D throw INTERRUPTED. */
async function ask(context: Context, question: string): Promise<string> {
  const [{ createInterface }, { Writable }] = await Promise.all([
    import('node:readline/promises'),
    import('node:stream'),
  ]);
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      context.stderr.write(chunk.toString());
      done();
    },
  });
  const lines = createInterface({ input: context.stdin, output, terminal: context.stdin.isTTY === true });
  try {
    return await new Promise((resolve, reject) => {
      const interrupted = (): void => reject(dunlinError('INTERRUPTED', {}));
      // A question whose input has ended would wait for ever.
      lines.once('SIGINT', interrupted);
      lines.once('close', interrupted);
      // Ctrl-D rejects the question itself, besides closing.
      lines.question(painted(question)).then((answer) => {
        lines.off('close', interrupted);
        resolve(answer);
      }, interrupted);
    });
  } catch (error) {
    // The cursor is still on the line of the question.
    context.report('');
    throw error;
  } finally {
    lines.removeAllListeners('close');
    lines.close();
  }
}

/**
 * The confirmation of a run that may roll migrations back. The run calls it with the plan that it then executes; a plan
 * that only applies needs none. `verb` begins the question.
 */
export function confirmRollback(context: Context, args: Arguments, runner: CliRunner, verb = 'Roll back'): Confirm {
  return async (plan) => {
    if (plan.steps.every((step) => step.direction === 'up')) return true;
    const { what, losses } = rollbackEffects(plan, runner.database);
    return await confirm(context, args, {
      what: `Rolling back ${what}`,
      question: `${verb} ${what}?`,
      details: losses,
    });
  };
}

/** What a rollback drops and changes, for its confirmation. */
export function rollbackEffects(
  plan: Plan,
  database: string,
): { readonly what: string; readonly losses: readonly string[] } {
  const steps = plan.steps.filter((step) => step.direction === 'down');
  const first = steps[0];
  const what =
    steps.length === 1 && first !== undefined
      ? `${migrationId(first)} on ${database}`
      : `${plural(steps.length, 'migration')} on ${database}`;
  const losses = steps.map((step) => {
    const drops = step.touches.drops.length === 0 ? [] : [`drops ${step.touches.drops.join(', ')} with what they hold`];
    const rebuilds = step.touches.rebuilds.length === 0 ? [] : [`rebuilds ${step.touches.rebuilds.join(', ')}`];
    const alters = step.touches.alters.length === 0 ? [] : [`alters ${step.touches.alters.join(', ')}`];
    const writes = step.touches.writes.length === 0 ? [] : [`changes rows of ${step.touches.writes.join(', ')}`];
    const all = [...drops, ...rebuilds, ...alters, ...writes];
    return `  ${migrationId(step)}: ${all.length > 0 ? all.join('; ') : step.kind === 'code' ? 'runs its down()' : 'drops nothing'}`;
  });
  return { what, losses };
}
