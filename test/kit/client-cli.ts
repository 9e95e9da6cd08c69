/** `swoll client`, run to its end beside agents of this process. */
import * as assert from 'uvu/assert'
import { startDeadline } from '../../pipeline/deadline.ts'
import { type CliResult, RunningCli } from './cli.ts'

export async function runClientCli(args: readonly string[]): Promise<CliResult> {
  using cli = new RunningCli(['client', ...args])
  const status = await cli.ended()
  return { status, stdout: cli.stdout, stderr: cli.stderr }
}

export async function until(isSo: () => boolean): Promise<void> {
  using patience = startDeadline(20_000)
  while (!isSo()) {
    assert.ok(!patience.signal.aborted, 'it never came to pass')
    await new Promise(resolve => setImmediate(resolve))
  }
}
