/** A table of jobs over a kernel side that a test writes. */
import { abisOf } from '../../../kernel/settings.ts'
import type { Service } from '../../../pipeline/services.ts'
import { traceSpec } from '../../../trace/api/spec.ts'
import { toTraceRequest } from '../../../trace/api/to-request.ts'
import { createNames } from '../../../trace/formats/names.ts'
import { LineEncoder } from '../../../trace/jobs/encode.ts'
import { createInFlightLook } from '../../../trace/jobs/in-flight.ts'
import type { NewJob, StreamReader } from '../../../trace/jobs/job.ts'
import type { Machine } from '../../../trace/jobs/machine.ts'
import type { TableLimits } from '../../../trace/jobs/room.ts'
import { Table, type TableOptions } from '../../../trace/jobs/table.ts'
import { toJobSpec } from '../../../trace/requests/job-of-request.ts'
import { NO_PODS } from '../../../trace/requests/pod-view.ts'
import { createTargets } from '../../../trace/requests/targets.ts'
import { nopLogger, recordingHost } from '../../kit/context.ts'
import { encodeCall } from '../../kit/traced-call.ts'
import { fakeSession } from '../session/fake-session.ts'
import { encodeThread } from '../session/fake-tracing.ts'

export const LIMITS: TableLimits = {
  jobs: 64,
  jobsPerOwner: 64,
  finishedJobs: 256,
  bufferBytes: 2 ** 22,
  allBuffersBytes: 2 ** 26,
}
/** More than a look. */
export const LOOK_MS = 60

export const who = encodeThread({ tid: 1 })
export const close = (endNs: number, jobs = 1n, tid = 1) =>
  encodeCall({ call: 'close', endNs: BigInt(endNs), startNs: BigInt(endNs - 1), jobs, tid })

/** All that the node does, of one system call. */
export function anyClose({
  id = 'a',
  spec,
  ...given
}: Partial<Omit<NewJob, 'spec'>> & { readonly spec?: object } = {}): NewJob & { readonly id: string } {
  return {
    id,
    owner: 'me',
    place: { node: { from: 'all' } },
    ...given,
    spec: traceSpec.parse({ syscalls: ['close'], ...spec }),
  }
}

export function fakeTable(limits: Partial<TableLimits> = {}, more: Partial<TableOptions> = {}) {
  const rig = fakeSession({ holdMs: 0 })
  const opened = { sessions: 0, released: 0 }
  const names = createNames(() => undefined)
  const policy = { stringBytes: 256, payloadBytes: 0, environments: false }
  const machine: Machine = {
    encoder: new LineEncoder({ abis: abisOf('x64'), names }),
    toOrder({ id, place, spec }) {
      const request = toTraceRequest(place, spec, policy)
      return { request, spec: toJobSpec(id, request, createTargets(request.targets, NO_PODS)) }
    },
    inFlight: createInFlightLook({ clock: rig.clock, names, policy, redact: undefined, view: undefined }),
    async leaseSession() {
      opened.sessions++
      return { value: rig.session, release: async () => void opened.released++ }
    },
  }
  const { clock } = rig
  const host = recordingHost()
  const table: Table & Service = new Table({
    node: 'node-a',
    clock,
    pods: undefined,
    names,
    log: nopLogger,
    limits: { ...LIMITS, ...limits },
    setup: {},
    expectBeats: host.expectBeats,
    openMachine: async () => machine,
    onClosed: async () => {},
    ...more,
  })
  /** What has come goes to the jobs. */
  const look = () => clock.advance(LOOK_MS)
  return { ...rig, host, table, machine, opened, look }
}

interface Line {
  readonly type: string
  readonly seq: number
  readonly [key: string]: unknown
}

/** Takes all that is there: messages, and what was missed. */
export function takeAll(reader: StreamReader): (Line | { missed: number; reason: string })[] {
  const all: (Line | { missed: number; reason: string })[] = []
  for (let piece = reader.take(); piece; piece = reader.take()) {
    if (piece.kind === 'missed') all.push({ missed: piece.messages, reason: piece.reason })
    else {
      const { bytes, offsets, count } = piece.chunk
      for (let i = piece.from; i < count; i++)
        all.push(JSON.parse(bytes.subarray(offsets[i], offsets[i + 1]).toString()))
    }
  }
  return all
}

/** `close 3#1`: the call that ended at 3 ns, as message 1. */
export function briefly(reader: StreamReader): string[] {
  return takeAll(reader).map(line => {
    if ('missed' in line) return `missed ${line.missed} ${line.reason}`
    if (line.type === 'call') return `call ${(line.finish as number) % 1e9}#${line.seq}`
    if (line.type === 'lost') return `lost ${line.calls} ${line.reason}#${line.seq}`
    return `${line.type}${line.reason ? ` ${line.reason}` : ''}#${line.seq}`
  })
}
