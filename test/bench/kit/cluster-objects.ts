/** Pods as a real cluster has them, some 8 kB each as JSON, and a quick way to have ten thousand. */
import { containerId } from '../../kit/pods.ts'

export interface PodPlace {
  /** Its number in the cluster. */
  readonly n: number
  readonly node: string
  readonly uid: string
  /** Ids of the pod's two containers. */
  readonly containerIds: readonly [string, string]
}

const HASH = '6c45f8d6f6'
const CREATED = '2026-01-01T00:00:00Z'

/** A pod of a Deployment, running, with what kubelet and controllers say of it. */
export function clusterPod(place: PodPlace) {
  const { n, node, uid } = place
  const app = `app-${n % 2000}`
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${app}-${HASH}-${n}`,
      namespace: 'default',
      uid,
      creationTimestamp: CREATED,
      labels: {
        app,
        'pod-template-hash': HASH,
        'app.kubernetes.io/name': app,
        'app.kubernetes.io/version': '1.2.3',
      },
      annotations: { 'checksum/config': containerId(app), 'prometheus.io/scrape': 'true' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `${app}-${HASH}`,
          uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: ['kube-controller-manager', 'kubelet'].map(toManagedFields),
    },
    spec: {
      nodeName: node,
      serviceAccountName: app,
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
      containers: ['app', 'sidecar'].map(toContainer),
      volumes: [
        { name: 'config', configMap: { name: app, defaultMode: 420 } },
        { name: 'data', emptyDir: {} },
      ],
      tolerations: ['not-ready', 'unreachable'].map(what => ({
        key: `node.kubernetes.io/${what}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
    },
    status: runningStatus(place),
  }
}

/** Returns the status that a kubelet writes when both containers are ready. */
export function runningStatus({ n, containerIds }: PodPlace) {
  const conditions = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled']
  return {
    phase: 'Running',
    startTime: CREATED,
    hostIP: '10.0.0.1',
    podIP: `10.${64 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`,
    qosClass: 'Burstable',
    conditions: conditions.map(type => ({ type, status: 'True', lastTransitionTime: CREATED })),
    containerStatuses: containerIds.map((id, i) => ({
      name: ['app', 'sidecar'][i],
      image: `registry.example/team/app-${i}:1.2.3`,
      imageID: `registry.example/team/app-${i}@sha256:${id}`,
      containerID: `containerd://${id}`,
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: CREATED } },
      lastState: {},
    })),
  }
}

function toContainer(name: string, i: number) {
  const probe = { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' }, periodSeconds: 10 }
  return {
    name,
    image: `registry.example/team/app-${i}:1.2.3`,
    imagePullPolicy: 'IfNotPresent',
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: Array.from({ length: 12 }, (_, k) => ({
      name: `SETTING_NUMBER_${k}`,
      value: `${containerId(name).slice(0, 32)}`,
    })),
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    volumeMounts: [
      { name: 'config', mountPath: '/etc/app', readOnly: true },
      { name: 'data', mountPath: '/data' },
    ],
    livenessProbe: probe,
    readinessProbe: probe,
  }
}

/** Returns the managers of fields: a good part of every pod. */
function toManagedFields(manager: string) {
  const names = ['app', 'sidecar'].map(name => `k:{"name":"${name}"}`)
  const fields = [
    'env',
    'image',
    'imagePullPolicy',
    'livenessProbe',
    'name',
    'ports',
    'readinessProbe',
    'resources',
  ]
  const container = Object.fromEntries(['.', ...fields.map(field => `f:${field}`)].map(key => [key, {}]))
  const variables = Array.from({ length: 12 }, (_, k) => [
    `k:{"name":"SETTING_NUMBER_${k}"}`,
    { '.': {}, 'f:name': {}, 'f:value': {} },
  ])
  return {
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time: CREATED,
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:spec': {
        'f:containers': Object.fromEntries(
          names.map(name => [name, { ...container, 'f:env': Object.fromEntries(variables) }]),
        ),
      },
    },
  }
}

const OPERATIONS_A_TRANSACTION = 100

/** Writes the pods where the API server keeps them: a hundred times faster than asking it to. `etcd` is its URL. */
export async function loadPods(etcd: string, pods: Iterable<ReturnType<typeof clusterPod>>): Promise<void> {
  let batch: object[] = []
  const flush = async () => {
    const answer = await fetch(`${etcd}/v3/kv/txn`, {
      method: 'POST',
      body: JSON.stringify({ success: batch }),
    })
    if (!answer.ok) throw new Error(`etcd: ${answer.status} ${await answer.text()}`)
    batch = []
  }
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  for (const pod of pods) {
    const key = base64(`/registry/pods/${pod.metadata.namespace}/${pod.metadata.name}`)
    batch.push({ requestPut: { key, value: base64(JSON.stringify(pod)) } })
    if (batch.length === OPERATIONS_A_TRANSACTION) await flush()
  }
  if (batch.length > 0) await flush()
}
