/** Counts are exact whatever the number of threads, and whichever CPU they run on. */
import { suite } from 'uvu'
import { requireBpf } from '../../kit/skip.ts'
import { exactly } from '../kit/exact.ts'

requireBpf()

const threads = suite('threads')
exactly(threads, { name: 'counts every call that a program makes', program: 'bare', args: [100_003] })
exactly(threads, { name: 'counts one thread', program: 'threads', args: [1, 100_003] })
exactly(threads, { name: 'counts 64 threads', program: 'threads', args: [64, 10_007] })
exactly(threads, {
  name: 'counts calls that begin on one CPU and end on another',
  program: 'migrate',
  args: [4_001],
})
threads.run()
