import type { Completes } from '../command.ts';
import { targetOptions, type ShellCommand, type ShellOption } from './shell-command.ts';

/** One `complete` line for each command and option. */
export function fishScript(commands: readonly ShellCommand[]): string {
  return `# fish completion for dunlin: dunlin completion fish > ~/.config/fish/completions/dunlin.fish
# What Dunlin knows of the database and migrations that the line names.
function __dunlin_values
    set -l words (commandline -opc)
    set -l target
    for i in (seq 2 (count $words))
        if contains -- $words[$i] ${targetOptions.join(' ')}; and test $i -lt (count $words)
            set -a target $words[$i] $words[(math $i + 1)]
        end
    end
    __dunlin_run completion $argv $target 2>/dev/null
end
# The Dunlin of the project, which npx runs; else the one that is installed for all.
function __dunlin_run
    set -l folder $PWD
    while test -n "$folder"
        if test -x $folder/node_modules/.bin/dunlin
            $folder/node_modules/.bin/dunlin $argv
            return
        end
        set folder (string replace -r '/[^/]*$' '' -- $folder)
    end
    command dunlin $argv
end
# npx dunlin: what would be offered without npx.
function __dunlin_after_npx
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test $words[2] = dunlin
end
function __dunlin_from_npx
    set -l words (commandline -opc)
    complete -C (string join ' ' -- dunlin (string escape -- $words[3..-1]) (commandline -ct | string escape --no-quoted))
end
complete -c npx -n __dunlin_after_npx -x -a '(__dunlin_from_npx)'
complete -c dunlin -f
${commands
  .map((command) => `complete -c dunlin -n __fish_use_subcommand -a ${command.name} -d ${quote(command.summary)}`)
  .join('\n')}
${commands.flatMap(commandLines).join('\n')}
`;
}

function commandLines(command: ShellCommand): string[] {
  const when = `complete -c dunlin -n '__fish_seen_subcommand_from ${command.name}'`;
  const seen = `__fish_seen_subcommand_from ${command.name}`;
  const names = command.below.map(({ name }) => name).join(' ');
  const before = names === '' ? when : `complete -c dunlin -n '${seen}; and not __fish_seen_subcommand_from ${names}'`;
  const argument = [
    ...(command.completes === undefined ? [] : [`${before} ${action(command.completes)}`]),
    ...command.below.map(
      ({ name, completes }) =>
        `complete -c dunlin -n '${seen}; and __fish_seen_subcommand_from ${name}' ${action(completes)}`,
    ),
  ];
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
  if (completes === 'database') return "-F -a '(__dunlin_values --databases)'";
  if (completes === 'version' || completes === 'backup') return `-f -k -a '(__dunlin_values --${completes}s)'`;
  return `-f -a ${quote(completes.join(' '))}`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
