/** A container runtime that only lists, over a real socket. */

import { join } from 'node:path'
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js'
import { Writer } from 'protobufjs/minimal.js'
import { temporaryFolder } from './kubeconfig.ts'

interface FakeSandbox {
  readonly id: string
  readonly name: string
  readonly uid: string
  readonly namespace?: string
  readonly attempt?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

interface FakeContainer {
  readonly id: string
  readonly sandboxId: string
  readonly name: string
  readonly attempt?: number
  readonly image?: string
  readonly userImage?: string
}

export interface FakeImage {
  readonly id: string
  readonly tags?: readonly string[]
  readonly digests?: readonly string[]
}

interface CriServer extends AsyncDisposable {
  readonly endpoint: string
  sandboxes: FakeSandbox[]
  containers: FakeContainer[]
  /** Undefined: it does not tell. */
  images: FakeImage[] | undefined
  /** Answers so, if it is set. */
  raw: Buffer | undefined
  /** Names of the methods that were called. */
  readonly calls: string[]
}

export async function startCriServer(): Promise<CriServer> {
  const server = new Server()
  const endpoint = `unix://${join(temporaryFolder(), 'cri.sock')}`
  const state = {
    sandboxes: [] as FakeSandbox[],
    containers: [] as FakeContainer[],
    images: [] as FakeImage[] | undefined,
    raw: undefined as Buffer | undefined,
    calls: [] as string[],
  }
  const same = (bytes: Buffer) => bytes
  const method = (name: string, service = 'RuntimeService') => ({
    path: `/runtime.v1.${service}/${name}`,
    requestStream: false as const,
    responseStream: false as const,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  })
  const answer =
    (encode: () => Buffer | undefined) =>
    (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
      state.calls.push(call.getPath().split('/').at(-1)!)
      const bytes = state.raw ?? encode()
      if (bytes) done(null, bytes)
      else done({ code: status.UNIMPLEMENTED, details: 'not here' })
    }
  server.addService(
    {
      sandboxes: method('ListPodSandbox'),
      containers: method('ListContainers'),
      images: method('ListImages', 'ImageService'),
    },
    {
      sandboxes: answer(() => encodeList(state.sandboxes.map(encodeSandbox))),
      containers: answer(() => encodeList(state.containers.map(encodeContainer))),
      images: answer(() => state.images && encodeList(state.images.map(encodeImage))),
    },
  )
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(endpoint, ServerCredentials.createInsecure(), error =>
      error ? reject(error) : resolve(),
    )
  })
  return Object.assign(state, { endpoint, [Symbol.asyncDispose]: async () => server.forceShutdown() })
}

function encodeList(items: readonly Uint8Array[]): Buffer {
  const writer = Writer.create()
  for (const item of items) writer.uint32(10).bytes(item)
  return Buffer.from(writer.finish())
}

function encodeMap(writer: Writer, field: number, map: Readonly<Record<string, string>> = {}): void {
  for (const [key, value] of Object.entries(map))
    writer
      .uint32(field * 8 + 2)
      .fork()
      .uint32(10)
      .string(key)
      .uint32(18)
      .string(value)
      .ldelim()
}

function encodeSandbox({
  id,
  name,
  uid,
  namespace = 'shop',
  attempt = 0,
  labels,
  annotations,
}: FakeSandbox): Uint8Array {
  const writer = Writer.create().uint32(10).string(id)
  writer
    .uint32(18)
    .fork()
    .uint32(10)
    .string(name)
    .uint32(18)
    .string(uid)
    .uint32(26)
    .string(namespace)
    .uint32(32)
    .uint32(attempt)
    .ldelim()
  writer
    .uint32(24)
    .uint32(0)
    .uint32(32)
    .int64('1767225600123456789' as never)
  encodeMap(writer, 5, labels)
  encodeMap(writer, 6, annotations)
  return writer.finish()
}

function encodeContainer({
  id,
  sandboxId,
  name,
  attempt = 0,
  image = '',
  userImage = '',
}: FakeContainer): Uint8Array {
  const writer = Writer.create().uint32(10).string(id).uint32(18).string(sandboxId)
  writer.uint32(26).fork().uint32(10).string(name).uint32(16).uint32(attempt).ldelim()
  writer.uint32(34).fork().uint32(10).string(image).uint32(146).string(userImage).ldelim()
  return writer.finish()
}

function encodeImage({ id, tags = [], digests = [] }: FakeImage): Uint8Array {
  const writer = Writer.create().uint32(10).string(id)
  for (const tag of tags) writer.uint32(18).string(tag)
  for (const digest of digests) writer.uint32(26).string(digest)
  return writer.finish()
}
