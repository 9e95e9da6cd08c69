/** Signals: interrupted calls are told from failed ones, and a return from a handler has no result. */
import { suite } from 'uvu'
import { requireBpf } from '../../kit/skip.ts'
import { exactly } from '../kit/exact.ts'

requireBpf()

const interrupted = suite('interrupted')
for (const [way, what] of [
  ['sa_restart', 'calls made again by SA_RESTART'],
  ['eintr', 'calls ended by a signal, and rt_sigreturn without the errno it restores'],
  ['stopped', 'calls that SIGSTOP and SIGCONT restart, and restart_syscall'],
] as const)
  exactly(interrupted, { name: `counts ${what}`, program: 'restarts', args: [way, 503] })
exactly(interrupted, { name: 'counts rt_sigreturn', program: 'sigreturn', args: [100_003] })
interrupted.run()
