/** Completion for zsh. */
import type { CompletedCommand, CompletedOption, CompletedValue } from './describe.ts'

export function toZsh(commands: readonly CompletedCommand[]): string {
  const list = commands
    .map(({ names, about }) => `    ${quote(`${escapeSpec(names[0]!)}:${about}`)}`)
    .join('\n')
  const cases = commands.map(commandCase).join('')
  return `#compdef swoll
# zsh completion of swoll: source <(swoll completion zsh), or as the file _swoll in a folder of $fpath
_swoll_from() { local -a all; all=(\${(s: :)1}); compadd -a all }
_swoll_list() { local -a all; all=(\${(s: :)1}); compset -P '*,'; compset -P '!'; compset -S ',*'; compadd -q -S ',' -a all }
_swoll_processes() { _swoll_list "$(cd /proc && echo [0-9]*)" }
_swoll_units() { _swoll_list "$(systemctl list-units --all --plain --no-legend 2>/dev/null | cut -d' ' -f1 | tr '\\n' ' ')" }
_swoll_cgroups() { compset -P '*,'; _files -W /sys/fs/cgroup -/ }
_swoll() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands
  commands=(
${list}
  )
  _arguments -C '(-V --version)'{-V,--version}'[print the version]' '(-h --help)'{-h,--help}'[display help]' \\
    '1: :->command' '*:: :->rest'
  case $state in
  command) _describe command commands ;;
  rest)
    case $words[1] in
${cases}    esac
    ;;
  esac
}
if [[ \${funcstack[1]} == _swoll ]]; then _swoll "$@"; else compdef _swoll swoll; fi
`
}

function commandCase(command: CompletedCommand): string {
  return command.commands.length > 0 ? nestedCase(command) : plainCase(command)
}

/** The command behind the command decides. */
function nestedCase({ names, commands }: CompletedCommand): string {
  const words = commands.flatMap(command => command.names).join(' ')
  return `    ${names.join('|')})
      if ((CURRENT == 2)); then _swoll_from "${words}"; return; fi
      shift words
      ((CURRENT--))
      case $words[1] in
${commands.map(plainCase).join('')}      esac
      ;;
`
}

function plainCase({ names, options, operands, hasCommand }: CompletedCommand): string {
  const specs = options.flatMap(toSpecs)
  if (operands) specs.push(quote(`*: :${toAction(operands)}`))
  const lines = specs.map(spec => `        ${spec}`).join(' \\\n')
  const command = hasCommand
    ? `
      local at=\${words[(i)--]}
      if ((at < CURRENT)); then
        shift $at words
        ((CURRENT -= at))
        _normal
        return
      fi`
    : ''
  return `    ${names.join('|')})${command}
      _arguments -s \\
${lines}
      ;;
`
}

/** One for each of the option's names, which exclude each other, unless it may be given again. */
function toSpecs({ flags, about, value }: CompletedOption): string[] {
  return flags.map(flag => {
    const isLong = flag.startsWith('--')
    const argument = value === undefined ? '' : `${value.isOptional ? '::' : ':'} :${toAction(value)}`
    const joint = value === undefined ? '' : isLong ? '=' : '+'
    return quote(`*${flag}${joint}[${escapeSpec(about)}]${argument}`)
  })
}

function toAction({ completes, isList }: CompletedValue): string {
  if (completes === undefined) return ' '
  if (typeof completes === 'object')
    return `{${isList ? '_swoll_list' : '_swoll_from'} "${completes.join(' ')}"}`
  return OF_HOST[completes]
}

const OF_HOST = {
  files: '_files',
  users: '_users',
  processes: '_swoll_processes',
  units: '_swoll_units',
  cgroups: '_swoll_cgroups',
}

function escapeSpec(text: string): string {
  return text.replace(/[\\:[\]]/g, '\\$&')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
