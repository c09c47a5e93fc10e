import type { Completes } from '../command.ts';
import { targetOptions, type ShellCommand, type ShellOption } from './shell-command.ts';

/** A function for `fpath`, which zsh's own `_arguments` does the work for. */
export function zshScript(commands: readonly ShellCommand[]): string {
  return `#compdef dunlin npx
# zsh completion for dunlin: dunlin completion zsh > "\${fpath[1]}/_dunlin"
_dunlin_databases() {
  local -a names
  names=( \${(f)"$(_dunlin_values --databases)"} )
  _alternative 'files:database file:_files' "names:database:($names)"
}
_dunlin_versions() {
  local -a found
  found=( \${(f)"$(_dunlin_values --versions)"} )
  found=( "\${(@)found//$'\\t'/:}" )
  _describe -V 'version' found
}
_dunlin_backups() {
  local -a found
  found=( \${(f)"$(_dunlin_values --backups)"} )
  found=( "\${(@)found//$'\\t'/:}" )
  _describe -V 'backup' found
}
# What Dunlin knows of the database and migrations that the line names.
_dunlin_values() {
  local i
  local -a target
  for ((i = 2; i + 1 <= $#dunlin_line; i++)); do
    case $dunlin_line[i] in
      ${targetOptions.join('|')}) target+=( $dunlin_line[i] $dunlin_line[i+1] ) ;;
    esac
  done
  _dunlin_run completion $1 $target 2>/dev/null
}
# The Dunlin of the project, which npx runs; else the one that is installed for all.
_dunlin_run() {
  local folder=$PWD
  while [[ -n $folder ]]; do
    if [[ -x $folder/node_modules/.bin/dunlin ]]; then
      $folder/node_modules/.bin/dunlin "$@"
      return
    fi
    folder=\${folder%/*}
  done
  command dunlin "$@"
}
# npx dunlin; any other program after npx is completed by its own name.
_dunlin_npx() {
  local i=2
  while (( i < CURRENT )) && [[ $words[i] == -* ]]; do (( i++ )); done
  if (( i < CURRENT )) && [[ $words[i] == dunlin ]]; then
    words=( "\${(@)words[i,-1]}" )
    (( CURRENT -= i - 1 ))
    _dunlin_command
  elif (( $+functions[_npx] )); then
    _npx
  else
    _default
  fi
}
_dunlin() {
  if [[ $service == npx ]]; then _dunlin_npx; else _dunlin_command; fi
}
_dunlin_command() {
  local state
  local -a commands dunlin_line
  dunlin_line=( "\${(@)words[1,CURRENT-1]}" )
  commands=(
${commands.map((command) => `    ${quote(`${command.name}:${command.summary}`)}`).join('\n')}
  )
  _arguments -C '1: :->command' '*:: :->arguments' '(- *)--help[show the help]' '(- *)--version[show the version]'
  case $state in
    command) _describe 'command' commands ;;
    arguments)
      case $words[1] in
${commands.map(commandCase).join('\n')}
      esac
      ;;
  esac
}
if [ "$funcstack[1]" = "_dunlin" ]; then
  _dunlin "$@"
else
  compdef _dunlin dunlin npx
fi
`;
}

function commandCase(command: ShellCommand): string {
  const specs = [
    ...command.options.flatMap(optionSpecs),
    ...(command.completes === undefined || command.below.length > 0
      ? []
      : [`'*:argument:${action(command.completes)}'`]),
    ...(command.completes === undefined || command.below.length === 0
      ? []
      : [
          `'1:argument:${action(command.completes)}'`,
          `'*:argument:{${command.below.map(({ name, completes }) => `(( \${words[(I)${name}]} )) && ${action(completes)}`).join('; ')}}'`,
        ]),
  ];
  return specs.length === 0
    ? `        ${command.name}) ;;`
    : `        ${command.name})\n          _arguments ${specs.join(' \\\n            ')}\n          ;;`;
}

function optionSpecs(option: ShellOption): string[] {
  const description = option.description.replace(/[[\]:]/g, ' ').replace(/'/g, '’');
  const value = option.takesValue ? `:value:${option.completes === undefined ? ' ' : action(option.completes)}` : '';
  return option.names.map((name) => `'*${name}[${description}]${value}'`);
}

function action(completes: Completes): string {
  if (completes === 'file') return '_files';
  if (completes === 'directory') return '_files -/';
  if (completes === 'database') return '_dunlin_databases';
  if (completes === 'version' || completes === 'backup') return `_dunlin_${completes}s`;
  return `(${completes.map((word) => word.replaceAll(':', '\\:')).join(' ')})`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
