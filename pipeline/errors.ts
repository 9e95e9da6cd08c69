/** Every error code swoll gives out, in one table: a code is API, its message may change. docs/errors.md lists the same. */
export const ERROR_CODES = {
  PIPE_DOWNSTREAM_UNAVAILABLE: 'the next component cannot take data now; the data may be sent again',
  PIPE_REJECTED: 'the next component will never accept this data',
  PIPE_QUEUE_FULL: 'a bounded queue is full; the batch was dropped and counted',
  PIPE_SHUTTING_DOWN: 'the component no longer takes data',
  CONFIG_INVALID: 'the configuration breaks one or more rules; `issues` lists them all',
  USAGE_INVALID: 'the command line breaks one or more rules',
  COMMAND_FAILED: 'a command that was to be traced could not be started',
  OUTPUT_FAILED: 'what was traced or recorded could not be written',
  FILE_UNSAFE: 'somebody else could choose which file is written',
  RECORDING_INVALID: 'the file is not a recording that this version of swoll can read',
  RECORDING_DAMAGED: 'the recording is incomplete or was changed; what came before was read',
  STORAGE_FAILED: 'a place on disk could not be used to keep data',
  TLS_INVALID: 'a certificate or key could not be read, or does not fit',
  LOGIN_FILE_INVALID: 'a file of tokens or passwords could not be read, or holds something else',
  COMPONENT_START_FAILED: 'a component could not start',
  COMPONENT_STOP_FAILED: 'a component did not shut down as it should; what it held may be lost',
  COMPONENT_FAILED: 'a running component cannot go on',
  NATIVE_ADDON_MISSING: 'the native addon has not been built for this machine',
  NATIVE_BPF_OPEN_FAILED: 'the BPF object could not be read',
  NATIVE_BPF_LOAD_FAILED: 'the kernel refused the BPF object',
  NATIVE_BPF_ATTACH_FAILED: 'the kernel refused to attach a BPF program',
  NATIVE_BPF_MAP_FAILED: 'a BPF map could not be reached or mapped',
  NATIVE_CAPABILITIES_FAILED: 'not every thread gave up its capabilities',
  NATIVE_CLOSED: 'the handle is closed',
  NATIVE_LAYOUT_MISMATCH: 'the BPF object and the generated layout differ',
  HOST_UNSUPPORTED: 'this host lacks something the component needs',
  TRACE_TOO_MANY_JOBS: 'as many trace jobs as there is room for are running',
  CLIENT_REFUSED: 'an agent refused a request; `status` says how, `problems` each mistake in it',
  CLIENT_UNREACHABLE: 'an agent could not be reached, or did not answer to the end',
  CLIENT_ANSWER_INVALID: 'what answered is no agent, or one of another version',
  TRACE_JOB_EXISTS: 'a trace job of this id is there already',
  TRACE_JOB_DIFFERS: 'a trace job of this id is there already, with another specification',
  TRACE_JOB_LIMIT: 'as many trace jobs as are allowed are running; stop one, or try again later',
  TRACE_JOB_REFUSED: 'the agent cannot do what the trace job asks for',
  TRACE_JOB_STOPPED: 'the agent takes no trace jobs any more, or the job was stopped while it began',
  KUBERNETES_CONFIG_INVALID: 'the way to the Kubernetes API is not configured, or its files cannot be read',
  KUBERNETES_API_FAILED: 'a request to the Kubernetes API, the kubelet or the container runtime failed',
  AGENT_UNREACHABLE: 'no way to an agent of the cluster worked',
  RIGHTS_MISSING: 'the cluster does not allow the user what the command needs',
  TARGET_INVALID: 'what was named has no pods that could be traced',
  TRACE_FAILED: 'a Trace resource failed, or nobody sees to it',
  SECCOMP_INVALID: 'a file is no seccomp profile, or no observation that this version of swoll can read',
  SECCOMP_NOTHING_SEEN: 'nothing was seen that a seccomp profile could be made of',
  READER_FAILED: 'the pod that reads a Trace did not start',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

/** An error with a stable code. Messages read `<path or object>: <rule>, got <value> (<type>); <what to do>`. */
export class SwollError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SwollError'
    this.code = code
  }
}

interface PipelineErrorOptions extends ErrorOptions {
  /** True: the same batch may succeed later. */
  readonly retryable: boolean
  readonly retryAfterMs?: number
}

/** The only error that crosses a Consumer. */
export class PipelineError extends SwollError {
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  constructor(code: Extract<ErrorCode, `PIPE_${string}`>, message: string, options: PipelineErrorOptions) {
    super(code, message, options)
    this.name = 'PipelineError'
    this.retryable = options.retryable
    this.retryAfterMs = options.retryAfterMs
  }
}
