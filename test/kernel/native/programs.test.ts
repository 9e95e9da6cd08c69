/** Programs run while they are attached, and not a moment longer; the kernel says what they did. */
import { readdirSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { enableStats } from '../../../native/bpf-object.ts'
import { callGetppid, FACTS, openBpfFiles, Probe, requireProbe } from './probe.ts'

requireProbe()

const attach = suite('attach')
attach('runs the program at every call, once, however often it is asked for', () => {
  using probe = Probe.load()
  const facts = probe.facts()
  callGetppid(11)
  assert.is(facts[FACTS.calls], 0n)
  probe.object.attach('number_calls')
  probe.object.attach('number_calls')
  callGetppid(13)
  assert.is(facts[FACTS.calls], 13n)
})
attach('may be undone and done again', () => {
  using probe = Probe.load()
  const facts = probe.facts()
  for (const calls of [7, 5]) {
    probe.object.attach('number_calls')
    callGetppid(calls)
    probe.object.detach('number_calls')
    probe.object.detach('number_calls')
    callGetppid(3)
  }
  assert.is(facts[FACTS.calls], 12n)
})
attach.run()

const iterate = suite('runIterator')
iterate('looks at every task, each time', () => {
  using probe = Probe.load()
  const facts = probe.facts()
  probe.object.runIterator('count_tasks')
  const once = Number(facts[FACTS.tasks])
  assert.ok(once >= readdirSync('/proc').filter(name => /^\d+$/.test(name)).length / 2, `${once} tasks`)
  probe.object.runIterator('count_tasks')
  assert.ok(Number(facts[FACTS.tasks]) > once * 1.5)
})
iterate('refuses a program that is none', () => {
  using probe = Probe.load()
  assert.throws(
    () => probe.object.runIterator('number_calls'),
    (error: { code?: string }) => error.code === 'NATIVE_BPF_ATTACH_FAILED',
  )
})
iterate.run()

const info = suite('programInfo')
info('has runs and time while statistics are on, which are a file that is given back', () => {
  using probe = Probe.load()
  probe.object.attach('number_calls')
  const before = openBpfFiles()
  const off = enableStats()
  assert.is(openBpfFiles(), before + 1)
  callGetppid(101)
  off()
  off()
  assert.is(openBpfFiles(), before)
  const { runCount, runTimeNs } = probe.object.programInfo('number_calls')
  assert.ok(runCount >= 101n, `${runCount} runs`)
  assert.ok(runTimeNs > 0n)
})
info('has the sizes that the kernel gave the program', () => {
  using probe = Probe.load()
  const { id, verifiedInstructions, translatedBytes, jitedBytes, recursionMisses } =
    probe.object.programInfo('number_calls')
  assert.ok(id > 0 && verifiedInstructions > 10 && translatedBytes > 80)
  assert.type(jitedBytes, 'number')
  assert.is(recursionMisses, 0n)
})
info('has nothing of a program that was not loaded', () => {
  using probe = Probe.load()
  assert.throws(
    () => probe.object.programInfo('is_refused'),
    (error: { code?: string; errno?: number }) => error.code === 'NATIVE_BPF_MAP_FAILED' && error.errno !== 0,
  )
})
info.run()

const close = suite('close')
close('detaches, and gives every file back', () => {
  const before = openBpfFiles()
  const probe = Probe.load()
  probe.object.attach('number_calls')
  probe.object.startRings('rings', 1, 4096, 4096)
  const facts = probe.facts()
  callGetppid(5)
  assert.ok(openBpfFiles() > before)
  probe.object.close()
  probe.object.close()
  callGetppid(5)
  assert.is(facts[FACTS.calls], 5n, 'memory that was handed out stays, as it is')
  assert.is(openBpfFiles(), before)
})
close.run()
