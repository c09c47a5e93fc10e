import type { Arguments } from './arguments.ts';
import type { Context } from './context.ts';
import type { ExitCode } from './exit-codes.ts';

/** What the value of an option or argument is, and so what the shell may offer. The first three are paths. */
export type Completes = 'file' | 'directory' | 'database' | 'version' | 'backup' | readonly string[];

/** `flags` as commander writes them: `-n, --steps <count>`. */
export interface OptionSpec {
  readonly flags: string;
  readonly description: string;
  readonly completes?: Completes;
  /** The option may be given several times; its value is a list. */
  readonly repeatable?: boolean;
}

export interface ArgumentSpec {
  /** `<version>` if required, `[versions...]` if optional and many. */
  readonly name: string;
  readonly description: string;
  readonly completes?: Completes;
}

export interface Example {
  readonly command: string;
  readonly does: string;
}

export interface Command {
  /** With its parent, if it has one: `backup list`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** More than the summary: what the command writes, what it asks, its own exit codes. */
  readonly description?: string;
  /** Which common options it has: those for databases, those for migrations, or neither. */
  readonly target: 'database' | 'directory' | 'none';
  readonly arguments?: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly Example[];
  /** Subcommands. Without one of them the command only prints its help, and has no `run`. */
  readonly commands?: readonly Command[];
  readonly run?: (context: Context, args: Arguments) => Promise<ExitCode>;
}

/** The word by which its parent knows it: `list` of `backup list`. */
export function lastWord({ name }: Command): string {
  return name.slice(name.lastIndexOf(' ') + 1);
}
