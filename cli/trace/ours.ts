/** Which of the calls that the session gives somebody asked for. */
import type { TracedCall } from '../../syscalls/decode/traced-call.ts'
import type { ThreadFacts } from '../../trace/events/threads.ts'
import type { TraceRequest } from '../../trace/requests/request.ts'
import { LAUNCHER_COMM } from './launch.ts'
import { createSelfTest } from './processes.ts'

/** All but those of swoll itself, unless it is asked for, and those of the launcher before it becomes the command. */
export function createOurs(
  { targets }: Pick<TraceRequest, 'targets'>,
  hasCommand: boolean,
): (call: TracedCall, thread: ThreadFacts) => boolean {
  // Becoming the command is what the command begins with; when that fails, the call is still made under the old name.
  if (hasCommand) return (call, { comm }) => comm !== LAUNCHER_COMM || call.definition.name === 'execve'
  const isSelf = createSelfTest()
  if (targets.kind === 'processes' && targets.pids.includes(process.pid)) return () => true
  return (_, thread) => !isSelf(thread)
}
