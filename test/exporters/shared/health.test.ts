import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Health } from '../../../exporters/shared/health.ts'
import { recordingHost, recordingLogger } from '../../kit/context.ts'

const s = suite('Health')
s('is degraded from the first failure of a signal until all signals go out again', () => {
  const host = recordingHost()
  const log = recordingLogger()
  const health = new Health(host, log)
  const told = () => host.reports.map(report => report.status)
  health.recover('logs')
  assert.equal(told(), [], 'was never degraded')
  health.degrade('logs', new Error('down'))
  health.degrade('logs', new Error('still down'))
  health.degrade('metrics', new Error('down too'))
  health.recover('logs')
  assert.is(told().at(-1), 'recoverable', 'metrics still fail')
  health.recover('metrics')
  health.recover('metrics')
  assert.is(told().at(-1), 'ok')
  assert.equal(
    log.lines.map(line => line.fields.signal),
    ['logs', 'metrics'],
  )
})
s.run()
