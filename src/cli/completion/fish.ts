import type { Completes } from '../command.ts';
import type { ShellCommand, ShellOption } from './script.ts';

/** One `complete` line for each command and option. */
export function fishScript(commands: readonly ShellCommand[]): string {
  return `# fish completion for dunlin: dunlin completion fish > ~/.config/fish/completions/dunlin.fish
complete -c dunlin -f
${commands
  .map((command) => `complete -c dunlin -n __fish_use_subcommand -a ${command.name} -d ${quote(command.summary)}`)
  .join('\n')}
${commands.flatMap(commandLines).join('\n')}
`;
}

function commandLines(command: ShellCommand): string[] {
  const when = `complete -c dunlin -n '__fish_seen_subcommand_from ${command.name}'`;
  const argument = command.completes === undefined ? [] : [`${when} ${action(command.completes)}`];
  return [...argument, ...command.options.map((option) => `${when} ${optionWords(option)}`)];
}

function optionWords(option: ShellOption): string {
  const names = option.names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const value = !option.takesValue ? '' : option.completes === undefined ? ' -x' : ` -r ${action(option.completes)}`;
  return `${names.join(' ')}${value} -d ${quote(option.description)}`;
}

function action(completes: Completes): string {
  if (completes === 'file') return '-F';
  if (completes === 'directory') return "-f -a '(__fish_complete_directories)'";
  if (completes === 'database') return "-F -a '(dunlin completion --databases 2>/dev/null)'";
  return `-f -a ${quote(completes.join(' '))}`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
