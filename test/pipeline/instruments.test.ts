/** A component's own metrics: what it puts, with its attributes, until it closes. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Instruments } from '../../pipeline/instruments.ts'
import { recordingMeter } from '../kit/context.ts'

const s = suite('Instruments')
s('adds and records, each with the attributes of the component and its own', async () => {
  const { meter, read } = recordingMeter()
  const own = new Instruments(meter, { exporter: 'file' })
  const bytes = own.counter('bytes', 'By', 'Written')
  const open = own.upDownCounter('open', '{file}', 'Open')
  const took = own.duration('took', 'Of a write', [1, 2])
  bytes(3)
  bytes(4, { reason: 'full' })
  open(2)
  open(-1)
  took(1.5)
  assert.equal(await read(), {
    'bytes{exporter=file}': 3,
    'bytes{exporter=file,reason=full}': 4,
    'open{exporter=file}': 1,
    'took{exporter=file}': 1,
  })
})
s('asks whenever the metrics are read, until it is closed', async () => {
  const { meter, read } = recordingMeter()
  const own = new Instruments(meter)
  let size = 1
  own.readGauge('size', '1', 'Of the queue', put => put(size))
  own.readCounter('calls', '{call}', 'By outcome', put => {
    put(5, { outcome: 'returned' })
    put(6, { outcome: 'killed' })
  })
  assert.equal(await read(), { size: 1, 'calls{outcome=returned}': 5, 'calls{outcome=killed}': 6 })
  size = 2
  assert.is((await read()).size, 2)
  own.close()
  own.close()
  size = 3
  assert.is((await read()).size, 2)
})
s.run()
