import { spawnSync } from 'node:child_process'

/** Announces and runs a command, its output shown as it comes. True when it exited 0; false also when there is no such command. */
export function run(command, args, env = {}) {
  process.stdout.write(`setup: ${command} ${args.join(' ')}\n`)
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  return status === 0
}
