/** Calls count under the ABI they were made with. */
import { suite } from 'uvu'
import { requireBpf } from '../../kit/skip.ts'
import { exactly } from '../kit/exact.ts'
import { workloadPath } from '../kit/workload.ts'

requireBpf()

const abi = suite('abi')
exactly(abi, {
  name: 'counts int 0x80, x32 numbers and 32-bit programs under their ABI',
  program: 'foreign-abi',
  args: [10_007, workloadPath('image32')],
})
abi.run()
