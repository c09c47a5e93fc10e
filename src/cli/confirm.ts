import { dunlinError } from '../errors/index.ts';
import type { Arguments } from './arguments.ts';
import type { Context } from './context.ts';

/**
 * Asks before something is taken away. `--yes` answers; without a terminal the flag is required.
 * Throws CONFIRMATION_NEEDED, DECLINED or INTERRUPTED.
 */
export async function confirm(context: Context, args: Arguments, what: string, question: string): Promise<void> {
  if (args.flag('yes')) return;
  if (!context.interactive) throw dunlinError('CONFIRMATION_NEEDED', { what, flag: '--yes' });
  const answer = await ask(context, `${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw dunlinError('DECLINED', { what });
}

/** Has a name typed; `given` (an option) answers without a terminal. Throws CONFIRMATION_WRONG for another name. */
export async function confirmName(
  context: Context,
  given: string | undefined,
  name: string,
  what: string,
): Promise<void> {
  if (given === undefined && !context.interactive) {
    throw dunlinError('CONFIRMATION_NEEDED', { what, flag: `--confirm ${name}` });
  }
  const answer = given ?? (await ask(context, `Type the database's name, ${name}, to go on: `)).trim();
  if (answer !== name) throw dunlinError('CONFIRMATION_WRONG', { given: answer, database: name });
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
      lines.question(question).then((answer) => {
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
