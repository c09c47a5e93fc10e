import type { Completes } from '../command.ts';
import type { ShellCommand, ShellOption } from './script.ts';

/** For bash 3.2 (macOS) and later; needs no bash-completion package. */
export function bashScript(commands: readonly ShellCommand[]): string {
  const names = commands.map((command) => command.name).join(' ');
  return `# bash completion for dunlin: eval "$(dunlin completion bash)"
_dunlin() {
  local cur prev command i
  COMPREPLY=()
  cur="\${COMP_WORDS[COMP_CWORD]}"
  prev="\${COMP_WORDS[COMP_CWORD-1]}"
  command=""
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${commands.map((command) => command.name).join('|')}) command="\${COMP_WORDS[i]}"; break ;;
    esac
  done
  case "$command" in
${commands.map(commandCase).join('\n')}
    *)
      COMPREPLY=( $(compgen -W "${names} --help --version" -- "$cur") )
      ;;
  esac
}
_dunlin_files() {
  local IFS=$'\\n'
  type compopt >/dev/null 2>&1 && compopt -o filenames
  COMPREPLY=( $(compgen -f -- "$1") )
}
_dunlin_directories() {
  local IFS=$'\\n'
  type compopt >/dev/null 2>&1 && compopt -o filenames
  COMPREPLY=( $(compgen -d -- "$1") )
}
_dunlin_databases() {
  _dunlin_files "$1"
  COMPREPLY+=( $(compgen -W "$(dunlin completion --databases 2>/dev/null)" -- "$1") )
}
complete -F _dunlin dunlin
`;
}

function commandCase(command: ShellCommand): string {
  const valued = command.options.filter((option) => option.takesValue);
  const flags = command.options.flatMap((option) => option.names).join(' ');
  const values = valued.map((option) => `        ${option.names.join('|')}) ${reply(option)}; return ;;`);
  const argument = command.completes === undefined ? [] : [`      ${action(command.completes)}`];
  return [
    `    ${command.name})`,
    ...(values.length === 0 ? [] : ['      case "$prev" in', ...values, '      esac']),
    ...(argument.length === 0
      ? [`      COMPREPLY=( $(compgen -W "${flags}" -- "$cur") )`]
      : [
          '      if [[ "$cur" == -* ]]; then',
          `        COMPREPLY=( $(compgen -W "${flags}" -- "$cur") )`,
          '      else',
          ...argument.map((line) => `  ${line}`),
          '      fi',
        ]),
    '      ;;',
  ].join('\n');
}

function reply(option: ShellOption): string {
  return option.completes === undefined ? 'COMPREPLY=()' : action(option.completes);
}

function action(completes: Completes): string {
  if (completes === 'file') return '_dunlin_files "$cur"';
  if (completes === 'directory') return '_dunlin_directories "$cur"';
  if (completes === 'database') return '_dunlin_databases "$cur"';
  return `COMPREPLY=( $(compgen -W "${completes.join(' ')}" -- "$cur") )`;
}
