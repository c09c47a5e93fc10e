import type { Completes } from '../command.ts';

export interface ShellOption {
  /** `--steps`, and `-n` if there is one. */
  readonly names: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  readonly completes: Completes | undefined;
}

export interface ShellCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly ShellOption[];
  /** What its arguments can be. */
  readonly completes: Completes | undefined;
  /** The subcommands whose arguments can be completed. */
  readonly below: readonly { readonly name: string; readonly completes: Completes }[];
}

/** The options that choose the migrations and backups. The scripts pass them on. */
export const targetOptions: readonly string[] = ['-d', '--database', '-m', '--migrations', '--config', '--backup-dir'];
