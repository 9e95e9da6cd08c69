/** Runs commands, and reports while they work; looks at files. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync } from 'node:fs'

/** Time between two signs of life of a long command. */
const TICK_MS = 10_000
/** A line of output that is longer is a compiler's command: its last word names the file. */
const LONGEST_LINE = 80

/**
 * Says in one line what is done, and does it with a command: its output is kept back, but for a sign of life every ten seconds, and
 * shown if it fails. True when it exited 0; false also when there is no such command.
 */
export async function step(what, command, args, env = {}) {
  const startMs = performance.now()
  say(what)
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', text => {
      output += text
    })
  const ticker = setInterval(() => say(`  ${seconds(startMs)} s … ${lastLine(output)}`), TICK_MS)
  const status = await exit(child).finally(() => clearInterval(ticker))
  if (status === 0) say(`  done, ${seconds(startMs)} s`)
  else process.stderr.write(output)
  return status === 0
}

/** Returns what a command prints; undefined if the command fails. */
export async function ask(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    output += text
  })
  return (await exit(child)) === 0 ? output : undefined
}

/** The exit code; anything but a number when it did not exit, or never ran. */
async function exit(child) {
  try {
    const [status] = await once(child, 'close')
    return status
  } catch (error) {
    return error
  }
}

function say(line) {
  process.stdout.write(`setup: ${line}\n`)
}

function seconds(startMs) {
  return Math.round((performance.now() - startMs) / 1000)
}

function lastLine(output) {
  const line = output
    .trimEnd()
    .split(/[\r\n]/)
    .at(-1)
  return line.length > LONGEST_LINE ? line.split(' ').at(-1) : line
}

/** True: this user may do with the file or folder what `mode` says. */
export function isAccessible(path, mode) {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
