import type { Completes } from '../command.ts';
import type { ShellCommand, ShellOption } from './script.ts';

/** A function for `fpath`, which zsh's own `_arguments` does the work for. */
export function zshScript(commands: readonly ShellCommand[]): string {
  return `#compdef dunlin
# zsh completion for dunlin: dunlin completion zsh > "\${fpath[1]}/_dunlin"
_dunlin_databases() {
  local -a names
  names=( \${(f)"$(dunlin completion --databases 2>/dev/null)"} )
  _alternative 'files:database file:_files' "names:database:($names)"
}
_dunlin() {
  local state
  local -a commands
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
  compdef _dunlin dunlin
fi
`;
}

function commandCase(command: ShellCommand): string {
  const specs = [
    ...command.options.flatMap(optionSpecs),
    ...(command.completes === undefined ? [] : [`'*:argument:${action(command.completes)}'`]),
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
  return `(${completes.map((word) => word.replaceAll(':', '\\:')).join(' ')})`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
