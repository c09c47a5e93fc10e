import { dunlinError } from '../errors/index.ts';
import type { Arguments } from './arguments.ts';
import type { Context } from './context.ts';
import { painted } from './output/color.ts';

/** A question before something is taken away. */
export interface Question {
  /** "Rolling back 002_notes on app.db" */
  readonly what: string;
  readonly question: string;
  /** Lines before the question: what would be lost, or recorded. */
  readonly details: readonly string[];
}

/**
 * Asks before something is taken away. `--yes` answers; without a terminal the flag is required.
 * Throws CONFIRMATION_NEEDED, DECLINED or INTERRUPTED.
 */
export async function confirm(context: Context, args: Arguments, { what, question, details }: Question): Promise<void> {
  if (args.flag('yes')) return;
  context.report(...details);
  if (!context.interactive) throw dunlinError('CONFIRMATION_NEEDED', { what, flag: '--yes' });
  if (!(await isWanted(context, question))) throw dunlinError('DECLINED', { what });
}

/** Asks on the terminal; nothing but a yes counts as one. Ctrl-C and Ctrl-D throw INTERRUPTED. */
export async function isWanted(context: Context, question: string): Promise<boolean> {
  return isYes(await ask(context, `${question} [y/N] `));
}

function isYes(answer: string): boolean {
  return /^y(es)?$/i.test(answer.trim());
}

/** A question that only a database's name answers. */
export interface NameQuestion {
  readonly what: string;
  readonly details: readonly string[];
  /** The names that count, the one to propose first. */
  readonly names: readonly string[];
}

/** Has a name typed; `given` (an option) answers without a terminal. Throws CONFIRMATION_WRONG for another name. */
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
  const answer = given ?? (await ask(context, `Type the database's name, ${name}, to go on: `)).trim();
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
    // The cursor stands behind the question.
    context.report('');
    throw error;
  } finally {
    lines.removeAllListeners('close');
    lines.close();
  }
}
