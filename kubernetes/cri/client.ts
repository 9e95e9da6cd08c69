/** Calls to the container runtime over its socket. */
import type { Client } from '@grpc/grpc-js'
import { ApiError } from '../client/api-error.ts'
import type { RawPod } from '../pods/pod.ts'
import { readContainers, readSandboxes } from './messages.ts'
import { toPods } from './to-pods.ts'

const SERVICE = '/runtime.v1.RuntimeService'
const TIMEOUT_MS = 10_000
/** A node has some hundred containers; each is below a kilobyte, unless its annotations are large. */
const LIMIT_BYTES = 64 * 2 ** 20

export interface CriReader {
  /** A `read` for a PollSource. Throws ApiError. */
  read(put: (pod: RawPod) => void, abort: AbortSignal): Promise<void>
  close(): void
}

/** `endpoint`: `unix:///run/containerd/containerd.sock`. gRPC is loaded with the first read. */
export function createCriReader(endpoint: string, nodeName: string | undefined): CriReader {
  let client: Client | undefined
  const open = async (): Promise<Client> => {
    const { Client: GrpcClient, credentials } = await import('@grpc/grpc-js')
    client ??= new GrpcClient(endpoint, credentials.createInsecure(), {
      'grpc.max_receive_message_length': LIMIT_BYTES,
      'grpc.default_authority': 'localhost', // a path is no host name, and some runtimes check
    })
    return client
  }
  return {
    async read(put, abort) {
      const opened = await open()
      // Containers first: whoever is in that list has its sandbox in the other.
      const containers = decode(
        endpoint,
        await call(opened, 'ListContainers', { endpoint, abort }),
        readContainers,
      )
      const sandboxes = decode(
        endpoint,
        await call(opened, 'ListPodSandbox', { endpoint, abort }),
        readSandboxes,
      )
      for (const pod of toPods(sandboxes, containers, nodeName)) put(pod)
    },
    close: () => client?.close(),
  }
}

function call(
  client: Client,
  method: string,
  { endpoint, abort }: { readonly endpoint: string; readonly abort: AbortSignal },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const same = (bytes: Buffer) => bytes
    const options = { deadline: Date.now() + TIMEOUT_MS }
    const running = client.makeUnaryRequest(
      `${SERVICE}/${method}`,
      same,
      same,
      Buffer.alloc(0),
      options,
      (error, answer) => {
        abort.removeEventListener('abort', cancel)
        if (answer) resolve(answer)
        else reject(wrong(endpoint, `${method}: ${error?.details ?? error?.message}`, error))
      },
    )
    const cancel = () => running.cancel()
    abort.addEventListener('abort', cancel, { once: true })
  })
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
