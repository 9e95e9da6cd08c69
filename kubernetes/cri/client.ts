/** Calls to the container runtime over its socket. */
import type { Client } from '@grpc/grpc-js'
import { onAbort } from '../../pipeline/abort.ts'
import { ApiError } from '../client/api-error.ts'
import type { RawPod } from '../pods/pod.ts'
import { ImageNames } from './image-names.ts'
import { type RuntimeContainer, readContainers, readImages, readSandboxes } from './messages.ts'
import { toPods } from './to-pods.ts'

const LIST_CONTAINERS = '/runtime.v1.RuntimeService/ListContainers'
const LIST_SANDBOXES = '/runtime.v1.RuntimeService/ListPodSandbox'
const LIST_IMAGES = '/runtime.v1.ImageService/ListImages'
const TIMEOUT_MS = 10_000
/** A node has some hundred containers; each is below a kilobyte, unless its annotations are large. */
const LIMIT_BYTES = 64 * 2 ** 20

interface CriReaderOptions {
  /** `unix:///run/containerd/containerd.sock`. */
  readonly endpoint: string
  readonly nodeName?: string | undefined
  /** Called the first time that images cannot be listed: containers then lack the image's name. Absent: images are not listed. */
  readonly onImagesRefused?: (error: ApiError) => void
}

export interface CriReader {
  /** A `read` for a PollSource. Throws ApiError. */
  read(put: (pod: RawPod) => void, abort: AbortSignal): Promise<void>
  close(): void
}

/** gRPC is loaded with the first read. */
export function createCriReader({ endpoint, nodeName, onImagesRefused }: CriReaderOptions): CriReader {
  let client: Client | undefined
  const ask = async <T>(path: string, read: (bytes: Uint8Array) => T, abort: AbortSignal): Promise<T> => {
    client ??= await open(endpoint)
    return decode(endpoint, await call(client, path, { endpoint, abort }), read)
  }
  const names = new ImageNames()
  let areImagesRefused = false
  const nameImages = async (containers: RuntimeContainer[], abort: AbortSignal) => {
    if (!onImagesRefused) return containers
    try {
      return await names.name(containers, () => ask(LIST_IMAGES, readImages, abort))
    } catch (error) {
      if (abort.aborted) throw error
      if (!areImagesRefused) onImagesRefused(error as ApiError)
      areImagesRefused = true
      return containers
    }
  }
  return {
    async read(put, abort) {
      // Containers first: whoever is in that list has its sandbox in the other.
      const containers = await ask(LIST_CONTAINERS, readContainers, abort)
      const sandboxes = await ask(LIST_SANDBOXES, readSandboxes, abort)
      const named = await nameImages(containers, abort)
      for (const pod of toPods(sandboxes, named, nodeName)) put(pod)
    },
    close: () => client?.close(),
  }
}

async function open(endpoint: string): Promise<Client> {
  const { Client: GrpcClient, credentials } = await import('@grpc/grpc-js')
  return new GrpcClient(endpoint, credentials.createInsecure(), {
    'grpc.max_receive_message_length': LIMIT_BYTES,
    'grpc.default_authority': 'localhost', // a path is no host name, and some runtimes check
  })
}

async function call(
  client: Client,
  path: string,
  { endpoint, abort }: { readonly endpoint: string; readonly abort: AbortSignal },
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const same = (bytes: Buffer) => bytes
  const options = { deadline: Date.now() + TIMEOUT_MS }
  const running = client.makeUnaryRequest(path, same, same, Buffer.alloc(0), options, (error, answer) => {
    if (answer) resolve(answer)
    else reject(wrong(endpoint, `${path.split('/').at(-1)}: ${error?.details ?? error?.message}`, error))
  })
  using _ = onAbort(abort, () => running.cancel())
  return await promise
}

function decode<T>(endpoint: string, bytes: Buffer, read: (bytes: Uint8Array) => T): T {
  try {
    return read(bytes)
  } catch (cause) {
    throw wrong(endpoint, (cause as Error).message, cause)
  }
}

function wrong(endpoint: string, got: string, cause: unknown): ApiError {
  const message = `${endpoint}: must be the socket of a container runtime that speaks CRI v1, got ${got}; check cri::endpoint and who may open it`
  return new ApiError(message, { cause })
}
