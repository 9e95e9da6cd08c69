/** Calls that began before counting did, of more threads than have slots to themselves. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { suite } from 'uvu'
import { lacksBpf, lacksCommand, requireAll } from '../../kit/skip.ts'
import { startAccounting } from '../harness.ts'
import { assertBalanced } from '../kit/exact.ts'

requireAll(lacksBpf(), lacksCommand('python3'))

const SLEEPERS = `
import threading, time
threading.stack_size(65536)
for _ in range(3000): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print('asleep', flush=True)
time.sleep(60)
`

/** Who shares a slot with whom is chance. */
const STARTS = 6

const s = suite('calls from before')
s('are in flight, wherever they are kept', async () => {
  const child = spawn('python3', ['-c', SLEEPERS], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(child.stdout, 'data')
    for (let i = 0; i < STARTS; i++) {
      await using agent = await startAccounting({ latency: 'exact' })
      await agent.collect()
      assertBalanced(agent)
    }
  } finally {
    child.kill('SIGKILL')
  }
})
s.run()
