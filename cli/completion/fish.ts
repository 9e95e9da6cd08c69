/** Completion for fish. */
import type { CompletedCommand, CompletedOption, CompletedValue } from './describe.ts'

/** `words`: those that stand for a kind of value. */
export function toFish(
  commands: readonly CompletedCommand[],
  words: (value: CompletedValue['completes']) => readonly string[] | undefined,
): string {
  const suggest = (value: CompletedValue) => suggestion(value, words(value.completes))
  const all = commands.flatMap(command => command.names)
  const lines = commands.flatMap(command => toLines(command, suggest))
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

function toLines(
  { names, about, options, operands }: CompletedCommand,
  suggest: (value: CompletedValue) => string,
): string[] {
  const when = `-n ${quote(`__swoll_is ${names.join(' ')}`)}`
  const operand = operands && suggest({ completes: operands, isList: false, isOptional: false })
  return [
    `complete -c swoll -n 'not __swoll_has_command' -a ${quote(names[0]!)} -d ${quote(about)}`,
    ...options.map(option => `complete -c swoll ${when} ${toOption(option, suggest)}`),
    ...(operand ? [`complete -c swoll ${when} ${operand}`] : []),
  ]
}

function toOption(
  { flags, about, value }: CompletedOption,
  suggest: (value: CompletedValue) => string,
): string {
  const names = flags.map(flag => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
  const takes = value === undefined ? '' : ` -r ${suggest(value)}`
  return `${names.join(' ')} -d ${quote(about)}${takes}`
}

function suggestion({ completes, isList }: CompletedValue, words: readonly string[] | undefined): string {
  const from = (values: string) => `-f -a ${quote(isList ? `(__swoll_list ${values})` : values)}`
  if (words !== undefined) return from(words.map(word => (isList ? quote(word) : word)).join(' '))
  switch (completes) {
    case 'files':
      return '-F'
    case 'users':
      return from('(__fish_complete_users)')
    case 'processes':
      return from('(__fish_complete_pids)')
    case 'units':
      return from("(systemctl list-units --all --plain --no-legend 2>/dev/null | string replace -r ' .*' '')")
    case 'cgroups':
      return from('(find /sys/fs/cgroup -maxdepth 3 -type d 2>/dev/null | string replace /sys/fs/cgroup "")')
    default:
      return '-f'
  }
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
