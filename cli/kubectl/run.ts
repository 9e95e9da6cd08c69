/** Runs the kubectl plugin. */
import { onStopSignal } from '../signals.ts'
import { createPlugin } from './program.ts'

/** `exitNow`: whoever does not want to wait for the end. The exit code. */
export async function runPlugin(args: readonly string[], exitNow: () => void): Promise<number> {
  let code = 0
  const stop = new AbortController()
  /** For commands that are over soon: the first signal ends them. */
  const brief = async (work: () => Promise<unknown>): Promise<void> => {
    const unlisten = onStopSignal(() => stop.abort(), exitNow)
    try {
      if ((await work()) === false) code = 1
    } finally {
      unlisten()
    }
  }
  const program = createPlugin({
    async trace(typed, operands) {
      const { trace } = await import('./trace.ts')
      code = await trace(typed, operands, exitNow)
    },
    async top(typed) {
      const { top } = await import('./top.ts')
      code = await top(typed, exitNow)
    },
    stuck: (pods, typed) =>
      brief(async () => {
        code = await (await import('./stuck.ts')).stuck(typed, pods, stop.signal)
      }),
    list: typed => brief(async () => (await import('./traces.ts')).listAll(typed, Date.now(), stop.signal)),
    get: (name, typed) => brief(async () => (await import('./traces.ts')).getOne(name, typed, stop.signal)),
    status: (name, typed) =>
      brief(async () => (await import('./traces.ts')).showStatus(name, typed, stop.signal)),
    delete: (names, typed) =>
      brief(async () => (await import('./traces.ts')).deleteAll(names, typed, stop.signal)),
    agents: typed => brief(async () => (await import('./agents.ts')).listAgents(typed, stop.signal)),
    async version() {
      const { printVersion } = await import('../version.ts')
      printVersion()
    },
  })
  await program.parseAsync(args, { from: 'user' })
  return code
}
