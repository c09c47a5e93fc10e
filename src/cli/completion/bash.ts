import type { Completes } from '../command.ts';
import { targetOptions, type ShellCommand } from './shell-command.ts';

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
  COMPREPLY+=( $(compgen -W "$(_dunlin_values --databases)" -- "$1") )
}
# What Dunlin knows of the database and migrations that the line names.
_dunlin_values() {
  local i
  local -a target
  for ((i = 1; i + 1 < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${targetOptions.join('|')}) target+=("\${COMP_WORDS[i]}" "\${COMP_WORDS[i + 1]}") ;;
    esac
  done
  _dunlin_run completion "$1" "\${target[@]}" 2>/dev/null | cut -f 1
}
# The Dunlin of the project, which npx runs; else the one that is installed for all.
_dunlin_run() {
  local folder="$PWD"
  while [[ -n "$folder" ]]; do
    if [[ -x "$folder/node_modules/.bin/dunlin" ]]; then
      "$folder/node_modules/.bin/dunlin" "$@"
      return
    fi
    folder="\${folder%/*}"
  done
  command dunlin "$@"
}
# npx dunlin; any other program after npx is completed as before.
_dunlin_npx() {
  local i=1
  while [[ $i -lt $COMP_CWORD && "\${COMP_WORDS[i]}" == -* ]]; do i=$((i + 1)); done
  if [[ $i -lt $COMP_CWORD && "\${COMP_WORDS[i]}" == dunlin ]]; then
    COMP_WORDS=("\${COMP_WORDS[@]:i}")
    COMP_CWORD=$((COMP_CWORD - i))
    _dunlin
  elif [[ -n "$_dunlin_npx_before" ]]; then
    "$_dunlin_npx_before" "$@"
  fi
}
case "$(complete -p npx 2>/dev/null)" in
  *_dunlin_npx*) ;;
  *" -F "*) _dunlin_npx_before="$(complete -p npx | sed 's/.* -F \\([^ ]*\\).*/\\1/')" ;;
esac
complete -F _dunlin dunlin
complete -o default -F _dunlin_npx npx
`;
}

function commandCase(command: ShellCommand): string {
  const valued = command.options.filter((option) => option.takesValue);
  const flags = command.options.flatMap((option) => option.names).join(' ');
  const values = valued.map(
    (option) =>
      `        ${option.names.join('|')}) ${option.completes === undefined ? 'COMPREPLY=()' : action(option.completes)}; return ;;`,
  );
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
          ...(command.below.length === 0 ? argument.map((line) => `  ${line}`) : belowCase(command, argument)),
          '      fi',
        ]),
    '      ;;',
  ].join('\n');
}

/** After the name of a command below, that one's argument; before it, the names. */
function belowCase(command: ShellCommand, names: readonly string[]): string[] {
  return [
    '        case " ${COMP_WORDS[*]:0:COMP_CWORD} " in',
    ...command.below.map(({ name, completes }) => `          *" ${name} "*) ${action(completes)} ;;`),
    `          *) ${names.map((line) => line.trim()).join('; ')} ;;`,
    '        esac',
  ];
}

function action(completes: Completes): string {
  if (completes === 'file') return '_dunlin_files "$cur"';
  if (completes === 'directory') return '_dunlin_directories "$cur"';
  if (completes === 'database') return '_dunlin_databases "$cur"';
  if (completes === 'version' || completes === 'backup')
    return `COMPREPLY=( $(compgen -W "$(_dunlin_values --${completes}s)" -- "$cur") )`;
  return `COMPREPLY=( $(compgen -W "${completes.join(' ')}" -- "$cur") )`;
}
