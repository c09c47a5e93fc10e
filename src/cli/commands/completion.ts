import { loadConfig } from '../../node/config.ts';
import type { Command } from '../command.ts';
import { exit } from '../exit-codes.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

export const completion: Command = {
  name: 'completion',
  summary: 'print a completion script for bash, zsh or fish',
  target: 'none',
  arguments: [{ name: '[shell]', description: 'bash, zsh or fish', completes: shells }],
  options: [{ flags: '--databases', description: 'print the names of the configured databases; the scripts use it' }],
  examples: [
    { command: 'eval "$(dunlin completion bash)"', does: 'in ~/.bashrc' },
    { command: 'dunlin completion zsh > "${fpath[1]}/_dunlin"', does: 'once' },
    { command: 'dunlin completion fish > ~/.config/fish/completions/dunlin.fish', does: 'once' },
  ],
  run: async (context, args) => {
    if (args.flag('databases')) {
      const config = await loadConfig(context.cwd);
      context.print(...(config?.databases ?? []).flatMap((database) => database.name ?? []));
      return exit.done;
    }
    const shell = shells.find((name) => name === args.first);
    if (shell === undefined) {
      const all = shells.map((name) => `\`dunlin completion ${name}\``).join(', ');
      throw args.wrong(
        args.first === '' ? `Name the shell: ${all}` : `The shell is bash, zsh or fish, not "${args.first}"`,
      );
    }
    const [{ commands }, { completionScript }] = await Promise.all([
      import('./index.ts'),
      import('../completion/script.ts'),
    ]);
    // A shell reads it, so --json does not matter; `print` would leave it out.
    if (!context.quiet) context.stdout.write(`${completionScript(shell, commands).trimEnd()}\n`);
    return exit.done;
  },
};
