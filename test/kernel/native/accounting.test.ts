/** The accounting on this kernel: all of it is there once it is made, and none once it is closed or failed. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Accounting, type AccountingOptions } from '../../../kernel/accounting.ts'
import type { NativeError } from '../../../native/addon.ts'
import { possibleCpus } from '../../../native/bpf-object.ts'
import * as layout from '../../../native/generated/layout.ts'
import { requireBpf } from '../../kit/skip.ts'
import { callGetppid, openBpfFiles } from './probe.ts'

requireBpf()

const SIZES = { setsPerCpu: 16, ringBytes: 65_536, inflightSlots: 1024 }

function optionsOf(parts: Partial<AccountingOptions> = {}): AccountingOptions {
  return {
    latency: 'exact',
    sizes: SIZES,
    hierarchy: { subsystem: -1, id: 0 },
    queueBytes: 1 << 20,
    arch: process.arch,
    ...parts,
  }
}

function withAccounting(parts: Partial<AccountingOptions>, run: (accounting: Accounting) => void): void {
  const accounting = new Accounting(optionsOf(parts))
  try {
    run(accounting)
  } finally {
    accounting.close()
  }
}

const made = suite('Accounting')
made('has tables of the sizes that were asked for', () => {
  withAccounting({}, accounting => {
    const cpus = possibleCpus()
    assert.equal([accounting.cpus, accounting.ways], [cpus, SIZES.setsPerCpu * layout.WAYS])
    assert.is(accounting.readTable().byteLength, cpus * SIZES.setsPerCpu * layout.setLayout.size)
    const atLeast = (got: number, want: number) => assert.ok(got >= want, `${got} of ${want} bytes`)
    atLeast(accounting.inflight.byteLength, SIZES.inflightSlots * layout.inflightLayout.size)
    atLeast(accounting.books.byteLength, cpus * layout.booksLayout.size)
    atLeast(
      accounting.spilled.byteLength,
      cpus * layout.ABIS * layout.SPILLED_NUMBERS * layout.spilledLayout.size,
    )
    assert.is(accounting.readCollisions().byteLength % (layout.inflightLayout.size + 4), 0)
    assert.is(accounting.readLosses().length % 3, 0)
  })
})
made('knows its programs, and the rings', () => {
  withAccounting({}, accounting => {
    const programs = [...accounting.programInfo().keys()]
    const births = accounting.hasCgroupNames ? 'cgroup_mkdir_name' : 'cgroup_mkdir_id'
    assert.equal(programs, [
      births,
      'cgroup_rmdir',
      'sched_process_exit',
      'sched_process_exec',
      'sys_enter',
      'sys_exit',
    ])
    assert.is(accounting.ringInfo().stalls, 0n)
  })
})

/** Sum of one word of all in-flight slots. */
const enters = ({ inflight }: Accounting) => {
  let sum = 0
  for (let at = layout.inflightLayout.enters / 4; at < inflight.length; at += layout.inflightLayout.size / 4)
    sum += inflight[at]!
  return sum
}
made('sees calls begin all the time when each is timed', () => {
  withAccounting({}, accounting => {
    const before = enters(accounting)
    callGetppid(1009)
    assert.ok(enters(accounting) - before >= 1009)
  })
})
made('sees them begin only while timing is on when some are', () => {
  withAccounting({ latency: 'sampled' }, accounting => {
    callGetppid(1009)
    assert.is(enters(accounting), 0)
    accounting.setTiming(true)
    callGetppid(1009)
    accounting.setTiming(false)
    const timed = enters(accounting)
    assert.ok(timed >= 1009)
    callGetppid(1009)
    assert.is(enters(accounting), timed)
  })
})
made.run()

const ended = suite('close')
ended('gives all back, and is idempotent', () => {
  const before = openBpfFiles()
  const accounting = new Accounting(optionsOf())
  assert.ok(openBpfFiles() > before)
  accounting.close()
  accounting.close()
  assert.is(openBpfFiles(), before)
})
for (const [name, sizes, code] of [
  ['a ring that the kernel refuses', { ringBytes: 12_288 }, 'NATIVE_BPF_MAP_FAILED'],
  ['a table that no memory could hold', { setsPerCpu: 2 ** 30 }, 'NATIVE_BPF_LOAD_FAILED'],
] as const)
  ended(`is done by a failure: ${name}`, () => {
    const before = openBpfFiles()
    assert.throws(
      () => new Accounting(optionsOf({ sizes: { ...SIZES, ...sizes } })),
      (error: NativeError) => error.code === code,
    )
    assert.is(openBpfFiles(), before)
  })
ended.run()
