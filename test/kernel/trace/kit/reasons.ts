/** Why an argument looks another way to strace 6.1 than to us. The first that holds counts. */

interface Reason {
  readonly why: string
  holds(theirs: string, ours: string, call: string): boolean
}

const ADDRESS = /^0x[0-9a-f]+$/
const NUMBER = /^(-?\d+|0x[0-9a-f]+|NULL)$/
const REMARK = / \/\* \w+\?\?\?? \*\//g
const NAMES = /\b[A-Z_][A-Z0-9_]*[A-Z][A-Z0-9_]*\b/g
const REFERENT = /(\d)<[^,}]*>(\(deleted\))?/g

const namesOf = (text: string): string[] => text.replace(REMARK, '').match(NAMES) ?? []
const isFlags = (text: string): boolean => !/["[{]/.test(text)
const among = (names: string) => {
  const set = new Set(names.split(' '))
  return (call: string): boolean => set.has(call)
}

const isGone = among(
  'create_module query_module get_kernel_syms nfsservctl _sysctl epoll_wait_old epoll_ctl_old get_thread_area set_thread_area',
)
const isNotDecoded = among('mbind set_mempolicy migrate_pages move_pages msgsnd semctl ptrace')
const decodesMore = among('rseq landlock_add_rule landlock_create_ruleset capset mount bpf memfd_secret')
const isRenamed = among('fanotify_mark futex_waitv shmget')
const omitsZero = among('timer_create mq_notify')

export const REASONS: readonly Reason[] = [
  { why: 'calls that no kernel of today has', holds: (_, _ours, call) => isGone(call) },
  {
    why: 'strace says which call it interrupted',
    holds: (theirs, _, call) => call === 'restart_syscall' && theirs.startsWith('<...'),
  },
  {
    why: 'names that this strace does not have yet',
    holds(theirs, ours) {
      const names = new Set(namesOf(ours))
      const hasMore = namesOf(theirs).every(name => names.has(name) || name.endsWith('_SYNC'))
      return isFlags(theirs) && isFlags(ours) && hasMore && (names.size > 0 || /\?\?/.test(theirs + ours))
    },
  },
  {
    why: 'names that newer kernels have for other bits, or not at all',
    holds: (_, _ours, call) => isRenamed(call),
  },
  {
    why: 'the kernel looks at 32 bits of it; strace shows the register, or the other sign',
    holds(theirs, ours) {
      if (!NUMBER.test(theirs) || !NUMBER.test(ours) || theirs === 'NULL' || ours === 'NULL') return false
      return BigInt.asUintN(32, toInteger(theirs)) === BigInt.asUintN(32, toInteger(ours))
    },
  },
  {
    why: '4 KiB of a list are copied; strace reads on to where the memory ends',
    holds: (theirs, ours) =>
      ours.includes('at least') || (/^\[.*\.\.\. \/\* 0x/s.test(theirs) && /^\[.*\.\.\.\]$/s.test(ours)),
  },
  {
    why: 'a length that no call could have: strace shows the address, we what was copied',
    holds: (theirs, ours) => ADDRESS.test(theirs) && /^["[{]/.test(ours),
  },
  {
    why: 'descriptors in structs are not looked up',
    holds: (theirs, ours) =>
      /[{[]/.test(theirs) && theirs.replace(REFERENT, '$1') === ours.replace(REFERENT, '$1'),
  },
  {
    why: 'lists of nodes and pages, messages of queues and the words of other processes are not decoded',
    holds: (_, ours, call) => isNotDecoded(call) && NUMBER.test(ours),
  },
  {
    why: 'the memory was never touched: only somebody who may wait for it can read it',
    holds: (theirs, ours) => /^["[{]/.test(theirs) && ADDRESS.test(ours),
  },
  { why: 'strace says whose pidfd it is', holds: theirs => /<pid:\d+>/.test(theirs) },
  { why: 'this strace does not decode it', holds: (_, _ours, call) => decodesMore(call) },
  {
    why: 'strace leaves out a value of 0',
    holds: (_, ours, call) => omitsZero(call) && ours.includes('=NULL'),
  },
  {
    why: 'the same number, written as address or as integer',
    holds: (theirs, ours) =>
      [theirs, ours].every(text => /^(0|NULL|\[?\.\.\.\]?|FAN_NOFD|-1)$/.test(text)) ||
      theirs === `0 ${ours}`,
  },
  {
    why: 'another limit of how much of a text is shown',
    holds: (theirs, ours) => /^"(\\0)*"\.\.\.$/.test(theirs) && /^"(\\0)*"\.\.\.$/.test(ours),
  },
]

function toInteger(text: string): bigint {
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text)
}
