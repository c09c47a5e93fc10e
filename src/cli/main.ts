import { Arguments } from './arguments.ts';
import type { Command } from './command.ts';
import { createContext, terminalWidth, type CliHost, type Context } from './context.ts';
import { errorStyle } from './each-database.ts';
import { exitCodeOf, exit, type ExitCode } from './exit-codes.ts';
import { completeHints } from './output/command-hints.ts';
import { parse } from './program.ts';
import { renderError } from './output/error.ts';
import { errorDocument } from './output/json.ts';

/**
 * Runs one command line and returns the exit code. It reaches the process only through `host`. `beforehand` receives a
 * function that prints an error if the process ends first; it runs synchronously.
 */
export async function main(
  argv: readonly string[],
  commands: readonly Command[],
  host: CliHost,
  beforehand?: (report: (error: unknown) => void) => void,
): Promise<ExitCode> {
  // Until the command line is parsed, its words decide how an error is printed.
  let args = new Arguments('', [], {
    json: argv.includes('--json') || /\bcheck\b.* --format[ =]json\b/.test(argv.join(' ')),
    events: argv.includes('--events'),
    verbose: argv.includes('--verbose') || argv.includes('-v'),
    color: !argv.includes('--no-color'),
  });
  // The stack is the only trace of what ended the process.
  beforehand?.((error) => report(error, createContext(host, args), true));
  try {
    const width = (): number => Math.min(terminalWidth(host.stdout, host.env) ?? 100, 110);
    const write = (text: string): void => void host.stdout.write(text);
    const parsed = parse(argv, { commands, width, write, launcher: () => host.launcher });
    if (parsed === undefined) return exit.done;
    args = parsed.args;
    return await parsed.command.run!(createContext(host, args), args);
  } catch (error) {
    report(error, createContext(host, args));
    return exitCodeOf(error);
  }
}

function report(error: unknown, context: Context, verbose: boolean = context.verbose): void {
  if (context.mode === 'text' || context.mode === 'report')
    return context.report(...renderError(error, { ...errorStyle(context), verbose }));
  const command = context.command === '' ? null : context.command;
  context.printDocument({ command, ok: false, ...completeHints(errorDocument(error), context.invocation) });
}
