import { resolve } from 'node:path';
import { loadConfig } from '../../node/config.ts';
import type { Arguments } from '../arguments.ts';
import { backupFolder } from '../shared-options.ts';
import type { Command } from '../command.ts';
import { withRunner, type Context } from '../context.ts';
import { exit } from '../exit-codes.ts';
import { findMigrations, findTargets, requestOf } from '../targets.ts';
import { numberedFiles } from '../../node/next-version.ts';
import { completionScript } from '../completion/completion-script.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

/** The command that prints a script which completes these commands; itself is among them. */
export function completionOf(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    summary: 'print a completion script for bash, zsh or fish',
    description:
      'Completes commands, options, databases, versions and backups, also after `npx dunlin`. Uses the Dunlin of the project, else a global one. Without a global one, write the script with `npx dunlin completion bash > ~/.dunlin.bash` and have ~/.bashrc read that file.',
    target: 'directory',
    arguments: [{ name: '[shell]', description: 'bash, zsh or fish', completes: shells }],
    options: [
      { flags: '--databases', description: 'print the names of the configured databases; the scripts use it' },
      { flags: '--versions', description: 'print the versions of the migrations; the scripts use it' },
      { flags: '--backups', description: 'print the identifiers of the backups; the scripts use it' },
      backupFolder,
    ],
    examples: [
      { command: 'eval "$(dunlin completion bash)"', does: 'in ~/.bashrc' },
      { command: 'dunlin completion zsh > "${fpath[1]}/_dunlin"', does: 'once' },
      { command: 'dunlin completion fish > ~/.config/fish/completions/dunlin.fish', does: 'once' },
    ],
    run: async (context, args) => {
      const values = valuesOf(args);
      if (values !== undefined) {
        context.print(...(await values(context, args)));
        return exit.done;
      }
      const shell = shells.find((name) => name === args.first);
      if (shell === undefined) {
        const all = shells.map((name) => `\`dunlin completion ${name}\``).join(', ');
        throw args.wrong(
          args.first === '' ? `Name the shell: ${all}` : `The shell is bash, zsh or fish, not "${args.first}"`,
        );
      }
      // A shell reads it, so --json does not matter; `print` would leave it out.
      if (!context.quiet) context.stdout.write(`${completionScript(shell, commands()).trimEnd()}\n`);
      return exit.done;
    },
  };
}

/** Lists what a shell may offer: a value, and after a tab what it is. */
type Values = (context: Context, args: Arguments) => Promise<readonly string[]>;

function valuesOf(args: Arguments): Values | undefined {
  if (args.flag('databases')) return databases;
  if (args.flag('versions')) return versions;
  return args.flag('backups') ? backups : undefined;
}

const databases: Values = async (context, args) => {
  const config = await loadConfig(context.cwd, args.path('config'));
  return (config?.databases ?? []).flatMap((database) => database.name ?? []);
};

/** From the names of the files: nothing is opened or loaded while somebody types. */
const versions: Values = async (context, args) => {
  const { directory } = await findMigrations(context, args);
  const found = numberedFiles(resolve(context.cwd, directory));
  // Two branches may have taken one number; it is offered once.
  const nameOf = (file: string): string => file.replace(/^\d+[_-]/, '').replace(/\..*$/, '');
  const lines = new Map(found.map(({ digits, file }) => [digits, `${digits}\t${nameOf(file)}`]));
  return [...lines.values()];
};

const backups: Values = async (context, args) => {
  const lines: string[] = [];
  for (const target of await findTargets(context, args)) {
    await withRunner(context, requestOf(target), async (runner) => {
      const manager = runner.backups();
      try {
        for (const { id, version } of await manager.list())
          lines.push(version === undefined ? id : `${id}\tversion ${version}`);
      } finally {
        await manager.close();
      }
    });
  }
  return lines.length === 0 ? [] : ['latest\tthe newest', ...lines];
};
