/** Turns what the container runtime knows of pods into the form of the API server. */
import type { RawPod } from '../pods/pod.ts'
import type { RuntimeContainer, Sandbox } from './messages.ts'

/** Labels that the kubelet adds to those of the pod. */
const KUBELET_LABEL = 'io.kubernetes.'

export function toPods(
  sandboxes: readonly Sandbox[],
  containers: readonly RuntimeContainer[],
  nodeName: string | undefined,
): RawPod[] {
  const bySandbox = Map.groupBy(containers, container => container.sandboxId)
  const pods = Map.groupBy(sandboxes, sandbox => sandbox.uid)
  return [...pods.values()].map(attempts => {
    const latest = attempts.reduce((a, b) => (b.attempt > a.attempt ? b : a))
    const own = attempts.flatMap(({ id }) => bySandbox.get(id) ?? [])
    const byName = Map.groupBy(own, container => container.name)
    const statuses = [...byName.values()].map(toStatus)
    return {
      metadata: {
        uid: latest.uid,
        name: latest.name,
        namespace: latest.namespace,
        labels: Object.fromEntries(
          Object.entries(latest.labels).filter(([key]) => !key.startsWith(KUBELET_LABEL)),
        ),
        annotations: latest.annotations,
        ...toOwner(latest),
      },
      spec: { ...(nodeName !== undefined && { nodeName }) },
      status: {
        startTime: new Date(Number(latest.createdNs / 1_000_000n)).toISOString().replace(/\.\d+Z$/, 'Z'),
        containerStatuses: statuses,
      },
      sandboxes: attempts.map(({ id }) => id),
    }
  })
}

function toStatus(instances: readonly RuntimeContainer[]) {
  const [current, last] = instances.toSorted((a, b) => b.attempt - a.attempt)
  const { name, image, imageRef, attempt, id } = current!
  return {
    name,
    image,
    imageID: imageRef,
    restartCount: attempt,
    containerID: `cri://${id}`,
    ...(last && { lastState: { terminated: { containerID: `cri://${last.id}` } } }),
  }
}

/** A name that the API server completed. */
const GENERATED = /^(.+)-[a-z0-9]{5}$/

/** The runtime is not told the owner, but the labels and names that controllers give say who it is. */
const OWNERS: readonly ((
  sandbox: Sandbox,
) => readonly [kind: string, name: string | undefined] | undefined)[] = [
  ({ name, labels }) => {
    const hash = labels['pod-template-hash']
    const owner = GENERATED.exec(name)?.[1]
    return hash && owner?.endsWith(`-${hash}`) ? ['ReplicaSet', owner] : undefined
  },
  ({ labels }) => {
    const name = labels['statefulset.kubernetes.io/pod-name']
    return name ? ['StatefulSet', /^(.+)-\d+$/.exec(name)?.[1]] : undefined
  },
  ({ labels }) => {
    const name = labels['batch.kubernetes.io/job-name'] ?? labels['job-name']
    return name ? ['Job', name] : undefined
  },
  ({ name, labels }) => {
    const isDaemon = labels['controller-revision-hash'] && labels['pod-template-generation']
    return isDaemon ? ['DaemonSet', GENERATED.exec(name)?.[1]] : undefined
  },
]

function toOwner(sandbox: Sandbox) {
  for (const find of OWNERS) {
    const [kind, name] = find(sandbox) ?? []
    if (kind && name) return { ownerReferences: [{ kind, name, uid: '', controller: true }] }
  }
  return {}
}
