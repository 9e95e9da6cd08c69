/** Makes pods for tests, and reads their state from the API server. */
import { type Api, ApiError, type ApiObject } from './api.ts'
import { CALLER } from './image.ts'
import { waitFor } from './wait.ts'

interface ContainerStatus {
  readonly name: string
  /** `containerd://` and 64 hex digits; absent before the container exists. */
  readonly containerID?: string
  readonly restartCount: number
  readonly state: {
    readonly running?: object
    readonly terminated?: { readonly exitCode: number }
    readonly waiting?: { readonly reason: string }
  }
}
export interface Pod extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly uid: string; readonly namespace: string }
  readonly status: {
    readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
    readonly podIP?: string
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
    readonly ephemeralContainerStatuses?: readonly ContainerStatus[]
  }
}

interface PodOptions {
  readonly name: string
  /** `default` if absent. */
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  /** Arguments of images/caller.c for the one container `main`. */
  readonly args?: readonly string[]
  /** Keys to add to the specification, or to replace there. */
  readonly spec?: Readonly<Record<string, unknown>>
}

/** A pod that is not restarted and that ends at once when deleted. */
export function toPod({
  name,
  namespace = 'default',
  labels = {},
  args = ['0'],
  spec,
}: PodOptions): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      containers: [toContainer('main', args)],
      ...spec,
    },
  }
}

/** A container of images/caller.c. */
export function toContainer(name: string, args: readonly string[]) {
  return { name, image: CALLER, args }
}

export async function createPod(api: Api, options: PodOptions): Promise<Pod> {
  return (await api.create(toPod(options))) as Pod
}

/** Resolves when the API server knows it no more; its containers may go on for a moment. */
export async function deletePod(api: Api, name: string, namespace = 'default'): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`
  await api.delete(path)
  await waitFor(`the end of the pod ${name}`, async () => {
    const error: unknown = await api.get(path).then(
      () => undefined,
      failure => failure,
    )
    return error instanceof ApiError && error.status === 404
  })
}

/** The pod as soon as it is as wanted. */
export function waitForPod(
  api: Api,
  { name, namespace = 'default' }: { readonly name: string; readonly namespace?: string },
  isWanted: (pod: Pod) => boolean,
): Promise<Pod> {
  return waitFor(`the pod ${namespace}/${name}`, async () => {
    const pod = await api.get<Pod>(`/api/v1/namespaces/${namespace}/pods/${name}`)
    return isWanted(pod) && pod
  })
}

export const hasEnded = ({ status }: Pod): boolean =>
  status.phase === 'Succeeded' || status.phase === 'Failed'

/** Every container of the pod, of whatever kind. */
export function statusesOf({ status }: Pod): ContainerStatus[] {
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = status
  return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses]
}

/** Without the name of the runtime; empty before the container exists. */
export function containerIdOf(status: ContainerStatus): string {
  return status.containerID?.replace(/^\w+:\/\//, '') ?? ''
}

/** Returns the container's output, read through the API server and the kubelet. */
export function logsOf(api: Api, pod: Pod, container = 'main'): Promise<string> {
  const { namespace, name } = pod.metadata
  return api.text(`/api/v1/namespaces/${namespace}/pods/${name}/log?container=${container}`)
}
