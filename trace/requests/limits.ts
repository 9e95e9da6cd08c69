/** Limits of a request, for command line, configuration and all others who ask. */

/** A chunk of memory that the kernel side copies has no more bytes. */
const MAX_COPIED = 4095
/** The kernel side keeps 32 bits. */
const MAX_UINT32 = 0xffff_ffff

export const REQUEST_LIMITS = {
  stringBytes: { min: 1, max: MAX_COPIED },
  payloadBytes: { min: 0, max: MAX_COPIED },
  /** One of so many calls. */
  sample: { min: 1, max: MAX_UINT32 },
  /** 0: no limit. */
  callsPerSecond: { min: 0, max: 1_000_000_000 },
  minLatency: { min: '0s', max: '1h' },
  uid: { min: 0, max: MAX_UINT32 - 1 },
  /** PID_MAX_LIMIT of Linux. */
  pid: { min: 1, max: 4_194_304 },
  /** Bytes of a thread's name: TASK_COMM_LEN, less the NUL. */
  comm: { max: 15 },
} as const
