import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { observeProcess } from '../../cli/process-metrics.ts'
import { recordingMeter } from '../kit/context.ts'

const s = suite('observeProcess')

s('measures this process', async () => {
  const { meter, read } = recordingMeter()
  const stop = observeProcess(meter)
  try {
    const values = await read()
    assert.equal(Object.keys(values).sort(), [
      'log_dropped_lines',
      'process_cpu_seconds',
      'process_memory_rss',
      'process_runtime_event_loop_delay_max',
      'process_runtime_heap_alloc_bytes',
      'process_runtime_total_sys_memory_bytes',
      'process_uptime',
    ])
    assert.ok(values.process_memory_rss! > 10e6, 'resident memory is in bytes')
    assert.ok(values.process_uptime! > 0 && values.process_uptime! < 600, 'uptime is in seconds')
    assert.ok(values.process_cpu_seconds! > 0 && values.process_cpu_seconds! < 600, 'CPU time is in seconds')
  } finally {
    stop()
  }
})

s('keeps the longest stall of the event loop until it is read', async () => {
  const { meter, read } = recordingMeter()
  let nowMs = 0
  let tick = () => {}
  const clock = {
    monotonicMs: () => nowMs,
    unixNano: () => 0n,
    after: () => () => {},
    every: (_ms: number, run: () => void) => {
      tick = run
      return () => {}
    },
  }
  observeProcess(meter, clock)
  for (const at of [100, 450, 550]) {
    nowMs = at
    tick()
  }
  assert.is((await read()).process_runtime_event_loop_delay_max, 0.25)
  assert.is((await read()).process_runtime_event_loop_delay_max, 0)
})
s.run()
