/**
 * The permitted content of a recording's blocks, which come from anywhere: checked before use, and bounded, so that a small file
 * cannot grow without end in memory, nor say what a terminal obeys.
 */
import { z } from 'zod'
import { MAX_ATTRIBUTES, MAX_NEW_THREADS, MAX_RESOURCES } from './bounds.ts'

const MAX_ABIS = 8
const MAX_CALLS = 16_384
const MAX_GAPS = 65_536

const u32 = z.int().min(0).max(0xffff_ffff)
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER)
/** A number of 64 bits as text: JSON's numbers have fewer. */
const long = z.string().regex(/^-?\d{1,20}$/)
const text = z.string().max(1024)
const word = z.string().regex(/^\w{1,64}$/)
const resourceIndex = z
  .int()
  .min(0)
  .max(MAX_RESOURCES - 1)
const value = z.union([z.string(), z.number(), z.boolean()])
const attributes = z
  .record(z.string().max(512), value)
  .refine(all => JSON.stringify(all).length <= MAX_ATTRIBUTES, 'too long')

/** Where and how it was recorded. */
const header = z.object({
  swoll: text,
  host: text,
  /** The origin of all resources; absent: recorded by a version that did not ask. */
  origin: attributes.exactOptional(),
  kernel: text,
  arch: text,
  /** By the number the records have for them. */
  abis: z
    .array(z.enum(['x86_64', 'i386', 'x32', 'arm64', 'arm']).nullable())
    .max(MAX_ABIS)
    .refine(abis => abis[0] != null, 'the first is that of the machine itself'),
  /** RFC 3339. */
  startTime: text,
  /** The request, for people. */
  request: z.unknown(),
})

/** A thread, with times as text: they may need 64 bits. */
const thread = z.object({
  tid: u32,
  tgid: u32,
  parentTgid: u32,
  nsTid: u32,
  nsTgid: u32,
  session: u32,
  uid: u32,
  gid: u32,
  // A character for each of its bytes.
  comm: z.string().regex(/^[\0-\xff]{0,16}$/),
  pidNs: u32,
  mntNs: u32,
  utsNs: u32,
  netNs: u32,
  // Earlier versions have not recorded these.
  ipcNs: u32.default(0),
  cgroupNs: u32.default(0),
  version: u32,
  cgroup: long,
  processStartNs: long,
  parentStartNs: long,
  resource: resourceIndex.nullable(),
})

/** Names of pod and container are among the attributes. */
const resource = z.object({ index: resourceIndex, id: z.string().max(8192), attributes })

/** A call as the recorder knew it, so that one that is known otherwise here is not read wrongly. */
const call = z.object({
  /** Index of the ABI. */
  abi: u32,
  number: u32,
  name: word,
  /** Its memory orders, as the kernel side was told them; hexadecimal. */
  copies: z.string().regex(/^[0-9a-f]{0,4096}$/),
})

/** The part of a batch that is not records. What is new is told once, before it is used. */
const batch = z.object({
  unixOffsetNs: long,
  /** New ones, and those whose attributes have changed. */
  resources: z.array(resource).max(MAX_RESOURCES),
  /** New ones; they are numbered in the order in which they come. */
  threads: z.array(thread).max(MAX_NEW_THREADS),
  calls: z.array(call).max(MAX_CALLS),
  gaps: z.array(z.object({ resource: resourceIndex.nullable(), reason: word, events: count })).max(MAX_GAPS),
})

export type RecordingHeader = z.output<typeof header>
export type BatchFacts = z.output<typeof batch>
export type RecordedThread = z.output<typeof thread>
export type RecordedResource = z.output<typeof resource>
export type RecordedCall = z.output<typeof call>

/** Undefined: it cannot be one. */
export function toHeader(facts: unknown): RecordingHeader | undefined {
  return header.safeParse(facts).data
}

/** Undefined: it cannot be one. */
export function toBatchFacts(facts: unknown): BatchFacts | undefined {
  return batch.safeParse(facts).data
}
