/** Completion for bash; it needs nothing of the bash-completion package, but uses it for the command behind `--`. */
import type { CompletedCommand, CompletedOption, CompletedValue } from './describe.ts'

export function toBash(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(commandCase).join('')
  const names = commands.flatMap(command => command.names).join(' ')
  return `# bash completion of swoll: source <(swoll completion bash)
${HELPERS}
_swoll() {
  local cur prev command= below= at i
  _swoll_words
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -* ]] || { command=\${COMP_WORDS[i]}; break; }
  done
  case $command in
  '') _swoll_from '${names} --version --help' ;;
${cases}  esac
}
complete -F _swoll swoll
`
}

function commandCase(command: CompletedCommand): string {
  return command.commands.length > 0 ? nestedCase(command) : plainCase(command)
}

/** The command behind the command decides. */
function nestedCase({ names, commands }: CompletedCommand): string {
  const words = commands.flatMap(command => command.names).join(' ')
  return `  ${names.join(' | ')})
    for ((i++; i < COMP_CWORD; i++)); do
      [[ \${COMP_WORDS[i]} == -* ]] || { below=\${COMP_WORDS[i]}; break; }
    done
    case $below in
    '') _swoll_from '${words} --help' ;;
${commands.map(plainCase).join('')}    esac
    ;;
`
}

function plainCase({ names, options, operands, hasCommand }: CompletedCommand): string {
  const flags = options.flatMap(option => option.flags).join(' ')
  const values = options.map(optionCase).join('')
  const operand = operands && suggest(operands)
  const command = hasCommand ? '    _swoll_command && return\n' : ''
  return `  ${names.join(' | ')})
${command}    case $prev in
${values}    esac
    if [[ $cur == -* ]]; then _swoll_from '${flags}'${operand ? `; else ${operand}` : ''}; fi
    ;;
`
}

function optionCase({ flags, value }: CompletedOption): string {
  if (value === undefined) return ''
  // An option that may stand alone is followed by another one as well.
  const guard = value.isOptional ? '[[ $cur == -* ]] || ' : ''
  return `    ${flags.join(' | ')}) ${guard}{ ${suggest(value)}; return; } ;;\n`
}

function suggest({ completes, isList }: CompletedValue): string {
  const from = isList ? '_swoll_list' : '_swoll_from'
  if (completes === undefined) return ':'
  if (typeof completes === 'object') return `${from} '${completes.join(' ')}'`
  const ofHost = {
    files: '_swoll_files',
    users: `${from} "$(compgen -u)"`,
    processes: `${from} "$(cd /proc && echo [0-9]*)"`,
    units: `${from} "$(_swoll_units)"`,
    cgroups: '_swoll_cgroups',
  }
  return ofHost[completes]
}

const HELPERS = `
# $cur and $prev, also where = or : has made several words of one.
_swoll_words() {
  cur=\${COMP_WORDS[COMP_CWORD]}
  prev=\${COMP_WORDS[COMP_CWORD - 1]}
  if [[ $cur == = ]]; then cur=
  elif [[ $prev == = ]] && ((COMP_CWORD > 1)); then prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
}

_swoll_from() {
  local IFS=$' \\n'
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}

# Behind the last comma; ! and the words before it stay.
_swoll_list() {
  local done= word IFS=$' \\n'
  [[ $cur == *,* ]] && done=\${cur%,*},
  word=\${cur##*,}
  [[ $word == '!'* ]] && { done=$done!; word=\${word#!}; }
  COMPREPLY=($(compgen -P "$done" -W "$1" -- "$word"))
  ((\${#COMPREPLY[@]} == 1)) && compopt -o nospace 2>/dev/null
}

_swoll_files() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "$cur"))
}

_swoll_cgroups() {
  local IFS=$'\\n' root=/sys/fs/cgroup
  COMPREPLY=($(compgen -d -- "$root\${cur:-/}"))
  COMPREPLY=("\${COMPREPLY[@]#"$root"}")
  compopt -o nospace 2>/dev/null
}

_swoll_units() {
  systemctl list-units --all --plain --no-legend 2>/dev/null | cut -d' ' -f1
}

# Behind -- is a command of the host; false: there is none yet.
_swoll_command() {
  for ((at = 2; at < COMP_CWORD; at++)); do
    [[ \${COMP_WORDS[at]} == -- ]] || continue
    if declare -F _comp_command_offset >/dev/null; then _comp_command_offset $((at + 1))
    elif declare -F _command_offset >/dev/null; then _command_offset $((at + 1))
    elif ((COMP_CWORD == at + 1)); then COMPREPLY=($(compgen -c -- "$cur"))
    else _swoll_files
    fi
    return 0
  done
  return 1
}
`
