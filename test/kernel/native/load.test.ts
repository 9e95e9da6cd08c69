/** Loading: what may be set before and after it, and what the kernel's refusal says. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { NativeError } from '../../../native/addon.ts'
import { BpfObject } from '../../../native/bpf-object.ts'
import type { ErrorCode } from '../../../pipeline/errors.ts'
import { buildProbe, FACTS, Probe, requireProbe, word } from './probe.ts'

requireProbe()

function refusalOf(run: () => unknown, code: ErrorCode): NativeError {
  try {
    run()
  } catch (error) {
    assert.instance(error, NativeError, `${error}`)
    assert.is((error as NativeError).code, code)
    return error as NativeError
  }
  throw new Error('should have thrown')
}

const load = suite('load')
load('refuses a program with the verifier’s account of it', () => {
  using probe = new Probe()
  probe.object.setAutoload('is_refused', true)
  const error = refusalOf(() => probe.object.load(), 'NATIVE_BPF_LOAD_FAILED')
  assert.is(error.call, 'bpf_object__load')
  assert.ok(error.errno > 0)
  assert.match(error.log ?? '', /invalid mem access 'scalar'/)
  assert.match(error.message, /probe\.bpf\.o: bpf_object__load: /)
})
load('leaves a refused object fit only to be closed', () => {
  using probe = new Probe()
  probe.object.setAutoload('is_refused', true)
  refusalOf(() => probe.object.load(), 'NATIVE_BPF_LOAD_FAILED')
  refusalOf(() => probe.object.load(), 'NATIVE_BPF_LOAD_FAILED')
  refusalOf(() => probe.object.attach('number_calls'), 'NATIVE_BPF_ATTACH_FAILED')
  refusalOf(() => probe.object.mapMemory('facts'), 'NATIVE_BPF_MAP_FAILED')
})
load('leaves out a program that is not wanted', () => {
  using probe = new Probe()
  probe.object.setAutoload('number_calls', false)
  probe.object.load()
  refusalOf(() => probe.object.attach('number_calls'), 'NATIVE_BPF_ATTACH_FAILED')
  probe.object.runIterator('count_tasks')
})
load('happens once', () => {
  using probe = Probe.load()
  assert.is(refusalOf(() => probe.object.load(), 'NATIVE_BPF_LOAD_FAILED').errno, 114, 'EALREADY')
})
load('fails for a map that no memory could hold, and says which call', () => {
  using probe = new Probe()
  probe.object.setMaxEntries('padded', 0xffff_ffff)
  assert.is(refusalOf(() => probe.object.load(), 'NATIVE_BPF_LOAD_FAILED').call, 'bpf_object__load')
})
load('of one file twice makes two objects', () => {
  using first = Probe.load()
  using second = Probe.load()
  const ids = [first, second].map(({ object }) => object.programInfo('number_calls').id)
  assert.is.not(ids[0], ids[1])
})
load.run()

const settings = suite('settings')
settings('of constants reach the programs, and are fixed after load', () => {
  using probe = new Probe()
  probe.object.setVariable('start_at', word(1234))
  probe.object.load()
  probe.object.runIterator('count_tasks')
  assert.is(probe.facts()[FACTS.startAt], 1234n)
  refusalOf(() => probe.object.setVariable('start_at', word(5)), 'NATIVE_BPF_MAP_FAILED')
})
settings('of variables may be set before load and after', () => {
  using probe = new Probe()
  probe.object.setVariable('wanted_nr', word(1))
  probe.object.load()
  probe.object.setVariable('wanted_nr', word(2))
})
settings('of sizes and programs come too late after load', () => {
  using probe = Probe.load()
  refusalOf(() => probe.object.setMaxEntries('facts', 8), 'NATIVE_BPF_MAP_FAILED')
  refusalOf(() => probe.object.setAutoload('is_refused', true), 'NATIVE_BPF_LOAD_FAILED')
})
settings.run()

const bare = suite('an open object')
bare('may be closed without being loaded', () => {
  new BpfObject(buildProbe()).close()
})
bare.run()
