import { Arguments } from './arguments.ts';
import type { Command } from './command.ts';
import { createContext, terminalWidth, type CliHost } from './context.ts';
import { errorStyle } from './each-database.ts';
import { exitCodeOf, exit, type ExitCode } from './exit-codes.ts';
import { hintsAboutSameTarget } from './output/same-target.ts';
import { parse } from './program.ts';
import { renderError } from './output/error.ts';
import { errorDocument } from './output/json.ts';

/** Runs one command line and returns the exit code. Nothing here touches the process: `host` is all there is. */
export async function main(argv: readonly string[], commands: readonly Command[], host: CliHost): Promise<ExitCode> {
  // Before the command line is understood, its own words say how an error is to look.
  let args = new Arguments('', [], {
    json: argv.includes('--json'),
    events: argv.includes('--events'),
    verbose: argv.includes('--verbose') || argv.includes('-v'),
    color: !argv.includes('--no-color'),
  });
  try {
    const width = (): number => Math.min(terminalWidth(host.stdout, host.env) ?? 100, 110);
    const write = (text: string): void => void host.stdout.write(text);
    const parsed = parse(argv, { commands, width, write });
    if (parsed === undefined) return exit.done;
    args = parsed.args;
    return await parsed.command.run(createContext(host, args), args);
  } catch (error) {
    const context = createContext(host, args);
    if (context.mode === 'text') {
      context.report(...renderError(error, errorStyle(context)));
    } else {
      const document = {
        command: args.command === '' ? null : args.command,
        ok: false,
        ...hintsAboutSameTarget(errorDocument(error), context.target),
      };
      context.printJson(
        context.mode === 'json' ? document : { type: 'result', ...document },
        context.mode === 'json' ? 2 : undefined,
      );
    }
    return exitCodeOf(error);
  }
}
