/** The options of `swoll stuck`, as they are typed. What they mean: decode-options.ts. */
import type { Command } from 'commander'
import { KnownOption as Option, type OptionGroup } from '../option.ts'
import { AGENT_OPTIONS, type TypedAgentOptions } from '../top/options.ts'
import {
  OTHER_TARGETS,
  POD_SOURCES,
  POD_TARGETS,
  type TypedFilters,
  type TypedOptions,
} from '../trace/options.ts'

export const STUCK_OUTPUTS = ['table', 'json', 'strace'] as const
export type StuckOutput = (typeof STUCK_OUTPUTS)[number]

export interface TypedStuck
  extends Omit<TypedFilters, 'minLatency' | 'count' | 'errors' | 'sample'>,
    Pick<TypedOptions, 'optedOut' | 'stringLimit' | 'decodeFds' | 'redact' | 'kubeconfig' | 'cri' | 'node'>,
    TypedAgentOptions {
  readonly min?: string
  readonly all?: true
  readonly limit?: string
  readonly output?: string
}

const calls = new Option(
  '-s, --syscalls <list>',
  'calls, classes, groups, with ! all but these (default: all)',
  {
    isList: true,
    completes: 'calls',
  },
)
const shown: readonly Option[] = [
  new Option('--min <duration>', 'threads that have been in their call so long or longer (default: 1s)'),
  new Option(
    '--all',
    'each thread in a call that waits by nature (epoll_wait, futex, poll …), not only how many there are',
  ),
  new Option('--limit <n>', 'at most so many threads, the longest first (default: 1000)'),
  new Option('-o, --output <format>', `${STUCK_OUTPUTS.join(', ')} (default: table)`, {
    completes: STUCK_OUTPUTS,
  }),
]

const STUCK_GROUPS: readonly OptionGroup[] = [
  {
    heading: 'Whose threads:',
    options: [
      ...POD_TARGETS,
      ...OTHER_TARGETS,
      new Option('--opted-out', 'also pods with the label or annotation swoll=false'),
    ],
  },
  {
    heading: 'Which of them:',
    options: [calls, ...shown],
  },
  {
    heading: 'Details:',
    options: [
      new Option('--no-decode-fds', 'descriptors as numbers only'),
      new Option('--string-limit <bytes>', 'bytes shown of strings other than paths (default: 256)'),
      new Option('--redact <regex>', 'puts stars over what matches in strings and arguments', {
        isList: true,
      }),
    ],
  },
  { heading: 'Which agents:', options: AGENT_OPTIONS },
  { heading: 'Where pods come from:', options: POD_SOURCES },
]

/** For `kubectl swoll stuck`, whose other options are those of kubectl. */
export const REMOTE_STUCK_OPTIONS: readonly Option[] = [
  new Option('-c, --container <list>', 'containers of these names', { isList: true }),
  calls,
  ...shown,
]

/** Examples for the help and the manual: a command line, and what it shows. */
export const STUCK_EXAMPLES: readonly (readonly [command: string, shows: string])[] = [
  ['swoll stuck', 'what hangs on this host, by container'],
  ['swoll stuck --pid 812 --min 0s', 'where each thread of a process is'],
  ['swoll stuck -n shop --all -o json', 'idle threads too, for a program'],
  ['swoll stuck --agent node-a:9095,node-b:9095', 'other hosts, by their agents'],
]

export function addStuckOptions(command: Command): Command {
  for (const { heading, options } of STUCK_GROUPS) {
    command.optionsGroup(heading)
    for (const option of options) command.addOption(option)
  }
  return command
}
