/** A look reads everything in an order in which nothing is missed, and names are known before their calls. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as layout from '../../../../native/generated/layout.ts'
import { Ledger, type LedgerSource } from '../../../../receiver/ebpf/state/ledger.ts'
import { SeriesStore } from '../../../../receiver/ebpf/state/series.ts'
import { SPILLED_REST } from '../../../../receiver/ebpf/state/spilled.ts'
import { ANY_NUMBER, FOLDED_OUTCOME, withOutcome } from '../../../../syscalls/call.ts'
import { seeded } from '../../../kit/random.ts'
import { joinWords } from '../../../kit/words.ts'
import { birth, death, renaming } from './cgroup-records.ts'
import { type EndedCall, runToEnd, SimulatedKernel } from './simulated-kernel.ts'

const { spilledLayout } = layout
const SPILLED_OWNER = 77

/** A ledger over a simulated kernel of two CPUs with one set each, and everything it says, in order. */
function createScene(latency: LedgerSource['latency'] = 'exact') {
  const kernel = new SimulatedKernel({ cpus: 2, sets: 1, ring: 100 }, seeded(1))
  const store = new SeriesStore(1000)
  const said: string[] = []
  /** Buffers that come before those of the simulated rings. */
  const records: Uint32Array[] = []
  const source = {
    cpus: 2,
    ways: kernel.ways,
    latency,
    inflight: new Uint32Array(layout.inflightLayout.size / 4),
    books: new BigUint64Array((2 * layout.booksLayout.size) / 8),
    spilled: new Uint32Array((2 * layout.ABIS * layout.SPILLED_NUMBERS * spilledLayout.size) / 4),
    dropped: new BigUint64Array((2 * layout.RULES * layout.droppedLayout.size) / 8),
    takeRecords: () => joinWords([...records.splice(0), kernel.take(0), kernel.take(1)]),
    readTable: () => kernel.copy(() => {}),
    readCollisions: () => new ArrayBuffer(0),
  } satisfies LedgerSource
  const ledger = new Ledger(source, {
    store,
    spilledOwner: SPILLED_OWNER,
    ownerOf(low) {
      said.push(`owner of ${low}`)
      return low
    },
    cgroups: {
      birth: (key, { name }) => said.push(`birth of ${key} at '/${name}'`),
      rename: (key, { name }) => said.push(`rename of ${key} to '/${name}'`),
      death: key => said.push(`death of ${key}`),
    },
  })
  const call = (cpu: number, ended: EndedCall) => runToEnd(kernel.count(cpu, ended))
  return { kernel, store, said, records, source, ledger, call }
}

const ended = (cgroup: bigint, number = 1): EndedCall => ({ cgroup, call: BigInt(number), ns: 10n, slot: 2 })
const joined = (...all: Uint32Array[]) => Uint32Array.from(all.flatMap(words => [...words]))

const drain = suite('drain')
drain('tells births before the calls that other rings bring', () => {
  const { kernel, records, ledger, said } = createScene()
  kernel.send(0, ended(7n))
  records.push(joined(birth(8n, '/b'), death(8n)))
  kernel.send(1, ended(9n))
  ledger.drain()
  assert.equal(said, ["birth of 8 at '/b'", 'death of 8', 'owner of 7', 'owner of 9'])
})
drain('reads records of all kinds in one buffer', () => {
  const { kernel, records, ledger, said, store } = createScene()
  for (const cgroup of [1n, 2n]) kernel.send(0, ended(cgroup))
  const calls = kernel.take(0)
  records.push(joined(calls, birth(3n, '/c'), calls, death(3n)))
  ledger.drain()
  assert.equal(said.slice(0, 2), ["birth of 3 at '/c'", 'death of 3'])
  assert.is(store.calls[store.row(2, 1, 0)], 2n)
})
for (const [what, path, want] of [
  ['a character per byte', '/kubepods/pöd', '/kubepods/p\u00c3\u00b6d'],
  ['none where the kernel gives none', '', '/'],
  ['as long as the kernel has it', `/${'x'.repeat(255)}`, `/${'x'.repeat(255)}`],
] as const)
  drain(`takes a name with ${what}`, () => {
    const { records, ledger, said } = createScene()
    records.push(birth(1n, path))
    ledger.drain()
    assert.equal(said, [`birth of 1 at '${want}'`])
  })
drain('tells new names', () => {
  const { records, ledger, said } = createScene()
  records.push(renaming(1n, '/b'))
  ledger.drain()
  assert.equal(said, ["rename of 1 to '/b'"])
})
drain('keeps ids beyond 2^53 exact', () => {
  const { records, ledger, said } = createScene()
  records.push(death(0xffff_ffff_ffff_fff1n))
  ledger.drain()
  assert.equal(said, ['death of 18446744073709551601'])
})
drain('refuses a record it cannot know the size of', () => {
  const { records, ledger } = createScene()
  records.push(Uint32Array.of(9, 0, 0, 0))
  assert.throws(
    () => ledger.drain(),
    'ring record: type must be 1 to 4, got 9; the BPF object and the layout differ',
  )
})
drain.run()

/** Books of a thread that has begun so many calls. */
function begin(source: { inflight: Uint32Array }, calls: number): void {
  source.inflight[layout.inflightLayout.enters / 4] = calls
}

const collect = suite('collect')
collect('brings tables, rings and spilled calls together, and balances', () => {
  const { source, ledger, call, store } = createScene()
  for (let number = 0; number < 6; number++) for (let i = 0; i < 3; i++) call(0, ended(5n, number))
  const at = ((layout.ABIS + 1) * layout.SPILLED_NUMBERS + 4) * (spilledLayout.size / 4)
  source.spilled[at + spilledLayout.calls / 4] = 2
  begin(source, 20)
  const books = ledger.collect(100n)
  assert.equal([books.returned, books.spilled, books.unaccounted], [18, 2, 0])
  for (let number = 0; number < 6; number++) assert.is(store.calls[store.row(5, number, 0)], 3n)
  const folded = withOutcome(layout.ABI_COMPAT << 16, FOLDED_OUTCOME)
  assert.is(store.calls[store.row(SPILLED_OWNER, 4, folded)], 2n)
  assert.equal([ledger.usedWays, ledger.outOfOrder], [4, 0])
})
collect('knows no number of spilled calls with high ones', () => {
  const { source, ledger, store } = createScene()
  source.spilled[SPILLED_REST * (spilledLayout.size / 4) + spilledLayout.calls / 4] = 3
  ledger.collect(100n)
  assert.is(store.calls[store.row(SPILLED_OWNER, ANY_NUMBER, withOutcome(0, FOLDED_OUTCOME))], 3n)
})
collect('misses no counter that leaves between the looks at rings and at tables', () => {
  for (const moment of ['takeRecords', 'readTable'] as const) {
    const { source, ledger, call } = createScene()
    for (let i = 0; i < 5; i++) call(0, ended(5n, 0))
    begin(source, 5)
    const read = source[moment]
    let isFirst = true
    const evictAfter = <T>(result: T): T => {
      if (isFirst) for (let number = 1; number < 20; number++) call(0, ended(5n, number))
      isFirst = false
      return result
    }
    Object.assign(source, { [moment]: () => evictAfter(read()) })
    assert.is(ledger.collect(100n).unaccounted, 0, `evictions after ${moment}`)
    assert.is(ledger.collect(200n).returned, 24)
    assert.is(ledger.outOfOrder, 0)
  }
})
collect('knows a cgroup that is born after the rings were read and before the tables are', () => {
  const { source, ledger, call, records, said } = createScene()
  const readTable = source.readTable
  source.readTable = () => {
    records.push(birth(6n, '/late'))
    call(1, ended(6n))
    return readTable()
  }
  ledger.collect(100n)
  assert.equal(said, ["birth of 6 at '/late'", 'owner of 6'])
})
collect('lets new series start at the look before', () => {
  const { ledger, call, store } = createScene()
  store.newRowsStartAt = 50n
  call(0, ended(1n))
  ledger.collect(100n)
  call(0, ended(2n))
  ledger.collect(200n)
  assert.equal([...store.startTimeUnixNano.subarray(0, 2)], [50n, 100n])
})
for (const latency of ['sampled', 'off'] as const)
  collect(`has no balance with latency ${latency}`, () => {
    assert.is(createScene(latency).ledger.collect(1n).unaccounted, undefined)
  })
collect.run()
