/** A table of jobs over the kernel of this machine. */
import { Services } from '../../../../pipeline/services.ts'
import { traceSpec } from '../../../../trace/api/spec.ts'
import type { NewJob, StreamReader } from '../../../../trace/jobs/job.ts'
import { type JobTableOptions, leaseJobTable } from '../../../../trace/jobs/open.ts'
import type { Table } from '../../../../trace/jobs/table.ts'
import { nopHost, nopLogger } from '../../../kit/context.ts'

const MIB = 2 ** 20

export class TestJobs implements AsyncDisposable {
  readonly table: Table
  readonly #release: (abort: AbortSignal) => Promise<void>

  private constructor(table: Table, release: (abort: AbortSignal) => Promise<void>) {
    this.table = table
    this.#release = release
  }

  static async open(options: Partial<JobTableOptions> = {}): Promise<TestJobs> {
    const lease = await leaseJobTable(nopHost(new Services()), {
      log: nopLogger,
      policy: { stringBytes: 256, payloadBytes: 0, environments: false },
      redact: [],
      limits: {
        jobs: 64,
        jobsPerOwner: 64,
        finishedJobs: 256,
        bufferBytes: 256 * MIB,
        allBuffersBytes: 1024 * MIB,
      },
      roots: { proc: '/proc' },
      ...options,
    })
    return new TestJobs(lease.value, lease.release)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#release(new AbortController().signal)
  }
}

/** A job about threads of this name, anywhere on the node, however many calls they make. */
export function jobOn(comm: string, spec: object = {}, id = 'a'): NewJob & { readonly id: string } {
  return {
    id,
    owner: 'test',
    place: { node: { from: 'all' } },
    spec: traceSpec.parse({ comm, syscalls: ['getppid'], rateLimit: 0, ...spec }),
  }
}

/** One line of a stream, as far as tests look at it. */
export interface Line {
  readonly type: string
  readonly seq: number
  readonly tid: number
  readonly start: number
  readonly syscall?: { readonly name: string }
}

/** Takes all that is there; throws where something was missed. */
export function linesOf(reader: StreamReader): Line[] {
  const lines: Line[] = []
  for (let piece = reader.take(); piece; piece = reader.take()) {
    if (piece.kind === 'missed') throw new Error(`${piece.messages} messages are missing`)
    const { bytes, offsets } = piece.chunk
    const text = bytes.subarray(offsets[piece.from]).toString()
    for (const line of text.split('\n').slice(0, -1)) lines.push(JSON.parse(line))
  }
  return lines
}
