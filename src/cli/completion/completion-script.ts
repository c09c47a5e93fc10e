import { lastWord, type Command, type OptionSpec } from '../command.ts';
import { inheritedOptions } from '../global-options.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { zshScript } from './zsh.ts';
import type { ShellCommand } from './shell-command.ts';

/** The completion script of a shell, made from the commands themselves. */
export function completionScript(shell: 'bash' | 'zsh' | 'fish', commands: readonly Command[]): string {
  const described: ShellCommand[] = commands.map((command) => ({
    name: command.name,
    summary: command.summary,
    completes:
      command.commands === undefined
        ? command.arguments?.[0]?.completes
        : command.commands.map((below) => lastWord(below)),
    below: (command.commands ?? []).flatMap((below) => {
      const completes = below.arguments?.[0]?.completes;
      return completes === undefined ? [] : { name: lastWord(below), completes };
    }),
    options: [
      ...optionsOf(command).map((option) => ({
        names: option.flags.split(/[ ,]+/).filter((part) => part.startsWith('-')),
        description: option.description,
        takesValue: /[<[]/.test(option.flags),
        completes: option.completes,
      })),
      { names: ['-h', '--help'], description: 'show the help', takesValue: false, completes: undefined },
    ],
  }));
  const help: ShellCommand = {
    name: 'help',
    summary: 'show the help of a command',
    completes: described.map((command) => command.name),
    below: [],
    options: [],
  };
  const make = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell];
  return make([...described, help]);
}

/** The options of a command, or of all its subcommands. */
function optionsOf(command: Command): readonly OptionSpec[] {
  const all = (command.commands ?? [command]).flatMap((one) => [...one.options, ...inheritedOptions(one)]);
  return all.filter((option, index) => all.findIndex((other) => other.flags === option.flags) === index);
}
