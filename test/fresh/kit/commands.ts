/** The two commands of the README, typed on a fresh machine. */
import { once } from 'node:events'
import * as assert from 'uvu/assert'
import { waitFor } from '../../e2e/kit/kubernetes/wait.ts'
import type { FreshMachine, Person } from './machine.ts'

/** The address of otel-config/presets/agent.yaml. */
const METRICS = 'http://127.0.0.1:9095/metrics'
const SET_UP_LIMIT_MS = 300_000

/** `npm test` passes, whatever it skips; the runner has seen to it that every skip has a reason. */
export async function testsPass(machine: FreshMachine, person: Person): Promise<void> {
  const { status, output } = await machine.run(person, ['npm', 'test'])
  assert.match(output, /^[1-9]\d* passed, 0 failed, \d+ skipped$/m, failures(output))
  assert.is(status, 0, output)
}

/** `npm start` sets up, says so, serves numbers, and ends with 0 when Ctrl-C is pressed. */
export async function starts(machine: FreshMachine, person: Person): Promise<void> {
  const npm = machine.start(person, ['npm', 'start'])
  let output = ''
  for (const stream of [npm.stdout!, npm.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const closed = once(npm, 'close')
  const ended = closed.then(([status]) => assert.unreachable(`npm start ended with ${status}:\n${output}`))
  await Promise.race([waitFor('numbers', hasNumbers, SET_UP_LIMIT_MS), ended]).catch(cause => {
    throw new Error(output, { cause })
  })
  ended.catch(() => {}) // it is told to
  process.kill(-npm.pid!, 'SIGINT') // all of its processes, as a terminal does
  assert.is((await closed)[0], 0, output)
  for (const what of [
    'installing \\d+ npm packages from \\S+, Node 24\\.',
    'compiling the kernel programs',
    'compiling the addon',
  ])
    assert.match(
      output,
      new RegExp(`^setup: ${what}.*\\n(setup:   \\d+ s … .*\\n)*setup:   done, \\d+ s$`, 'm'),
    )
}

async function hasNumbers(): Promise<boolean> {
  const response = await fetch(METRICS)
  return /^swoll_node_metrics_syscall_count\{.*\} [1-9]/m.test(await response.text())
}

/** The command refuses within seconds, having done nothing; gives the commands that it says put it right. */
export async function refuses(
  machine: FreshMachine,
  person: Person,
  command: readonly string[],
): Promise<string[]> {
  const startMs = performance.now()
  const { status, output } = await machine.run(person, command)
  assert.is(status, 1, output)
  assert.not.match(output, /^setup: (installing|compiling)/m)
  assert.ok(performance.now() - startMs < 10_000, 'at once')
  const fixes = [...output.matchAll(/^setup: .*\nFix: (.*)$/gm)].map(match => match[1]!)
  assert.ok(fixes.length > 0, output)
  return fixes
}

/** Runs, as root, a command that swoll told the user to type; without `sudo`, which the machine lacks. */
export async function fix(machine: FreshMachine, command: string): Promise<void> {
  const root: Person = { user: 'root', checkout: '/', confined: 'pivot' }
  const { status, output } = await machine.run(root, ['sh', '-c', command.replace(/^sudo /, '')])
  assert.is(status, 0, output)
}

/** Returns the runner's output without the lines about files that passed. */
function failures(output: string): string {
  return output
    .split('\n')
    .filter(line => !/^(ok {2}| {5}skipped: )/.test(line))
    .join('\n')
}
