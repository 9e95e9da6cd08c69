/** Completion for fish. */
import type { CompletedCommand, CompletedOption, CompletedValue } from './describe.ts'

export function toFish(commands: readonly CompletedCommand[]): string {
  const all = commands.flatMap(command => command.names)
  const lines = commands.flatMap(toLines)
  return `# fish completion of swoll: swoll completion fish | source
${functions(all)}complete -c swoll -f
complete -c swoll -n 'not __swoll_has_command' -s V -l version -d 'print the version'
complete -c swoll -n 'not __swoll_has_command' -s h -l help -d 'display help for command'
complete -c swoll -n __swoll_behind_dashes -x -a '(__swoll_command)'
${lines.join('\n')}
`
}

function functions(commands: readonly string[]): string {
  return `function __swoll_is -d 'Whether the command is one of these, and nothing is behind --'
    set -l typed (commandline -opc)
    contains -- -- $typed; and return 1
    set -e typed[1]
    for word in $typed
        string match -q -- '-*' $word; and continue
        contains -- $word $argv
        return
    end
    return 1
end
function __swoll_below -d 'Whether the command behind the command is one of these'
    set -l typed (string match -v -- '-*' (commandline -opc))
    test (count $typed) -gt 2; and contains -- $typed[3] $argv
end
function __swoll_has_command
    set -l typed (commandline -opc)
    test (count $typed) -gt 1; and contains -- $typed[2] ${commands.join(' ')}
end
function __swoll_behind_dashes
    contains -- -- (commandline -opc)
end
function __swoll_command
    set -l typed (commandline -opc) (commandline -ct)
    set -l at (contains -i -- -- $typed)
    complete -C (string join -- ' ' (string escape -- $typed[(math $at + 1)..-2]) $typed[-1])
end
function __swoll_list -d 'Words behind the last comma'
    set -l typed (string replace -r '^--?[a-z-]+=' '' -- (commandline -ct))
    set -l before (string match -r '^(?:.*,)?!?' -- $typed)
    printf '%s\\n' "$before"$argv
end
`
}

function toLines(command: CompletedCommand): string[] {
  const { names, about, commands } = command
  const first = `complete -c swoll -n 'not __swoll_has_command' -a ${quote(names[0]!)} -d ${quote(about)}`
  if (commands.length === 0) return [first, ...linesFor(command, `__swoll_is ${names.join(' ')}`)]
  const below = commands.flatMap(each => each.names).join(' ')
  const none = `__swoll_is ${names.join(' ')}; and not __swoll_below ${below}`
  return [
    first,
    ...commands.flatMap(each => [
      `complete -c swoll -n ${quote(none)} -a ${quote(each.names[0]!)} -d ${quote(each.about)}`,
      ...linesFor(each, `__swoll_is ${names.join(' ')}; and __swoll_below ${each.names.join(' ')}`),
    ]),
  ]
}

/** Options and operands, where the condition holds. */
function linesFor({ options, operands }: CompletedCommand, condition: string): string[] {
  const when = `-n ${quote(condition)}`
  const operand = operands && suggest(operands)
  return [
    ...options.map(option => `complete -c swoll ${when} ${toOption(option)}`),
    ...(operand ? [`complete -c swoll ${when} ${operand}`] : []),
  ]
}

function toOption({ flags, about, value }: CompletedOption): string {
  const names = flags.map(flag => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
  const takes = value === undefined ? '' : ` -r ${suggest(value)}`
  return `${names.join(' ')} -d ${quote(about)}${takes}`
}

function suggest({ completes, isList }: CompletedValue): string {
  const from = (values: string) => `-f -a ${quote(isList ? `(__swoll_list ${values})` : values)}`
  if (completes === undefined) return '-f'
  if (typeof completes === 'object')
    return from(completes.map(word => (isList ? quote(word) : word)).join(' '))
  return completes === 'files' ? '-F' : from(OF_HOST[completes])
}

const OF_HOST = {
  users: '(__fish_complete_users)',
  processes: '(__fish_complete_pids)',
  units: "(systemctl list-units --all --plain --no-legend 2>/dev/null | string replace -r ' .*' '')",
  cgroups: '(find /sys/fs/cgroup -maxdepth 3 -type d 2>/dev/null | string replace /sys/fs/cgroup "")',
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
