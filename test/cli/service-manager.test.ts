import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ServiceManager } from '../../cli/service-manager.ts'
import { fakeClock } from '../kit/clock.ts'
import { recordingLogger } from '../kit/context.ts'

function rig(env: Record<string, string>, send?: () => never) {
  const clock = fakeClock()
  const log = recordingLogger()
  const told: string[] = []
  const state = { isLive: true }
  const manager = new ServiceManager({
    env,
    clock,
    log,
    isLive: () => state.isLive,
    monotonicNs: () => 5_000_000_999n,
    send: send ?? ((path, text) => told.push(`${path} ${text}`)),
  })
  return { manager, clock, log, told, state }
}

const s = suite('ServiceManager')
s('tells when all has started, and when it stops', () => {
  const { manager, clock, told } = rig({ NOTIFY_SOCKET: '/run/s' })
  manager.ready()
  manager.stopping()
  assert.equal(told, ['/run/s READY=1', '/run/s STOPPING=1'])
  assert.is(clock.pending(), 0, 'no watchdog, no timer')
})
s('tells when the configuration is applied, as of when', () => {
  const { manager, told } = rig({ NOTIFY_SOCKET: '@s' })
  manager.reloading()
  manager.reloaded()
  assert.equal(told, ['@s RELOADING=1\nMONOTONIC_USEC=5000000', '@s READY=1'])
})
s('gives signs of life twice within the time of the watchdog, while there is life', async () => {
  const { manager, clock, told, state } = rig({ NOTIFY_SOCKET: '@s', WATCHDOG_USEC: '60000000' })
  manager.ready()
  await clock.advance(60_000)
  assert.equal(told, ['@s READY=1', '@s WATCHDOG=1', '@s WATCHDOG=1'])
  state.isLive = false
  await clock.advance(60_000)
  assert.is(told.length, 3)
  manager.close()
  manager.close()
  assert.is(clock.pending(), 0)
})
s('is quiet where nobody listens', async () => {
  const { manager, clock, told } = rig({})
  manager.ready()
  await clock.advance(60_000)
  assert.equal(told, [])
})
s('goes on, and says so, where systemd cannot be told', () => {
  const { manager, log } = rig({ NOTIFY_SOCKET: '/gone' }, () => {
    throw new Error('sendto: No such file or directory')
  })
  manager.ready()
  assert.is(log.lines.length, 1)
  assert.match(String(log.lines[0]!.fields.error), 'No such file')
})
s.run()
