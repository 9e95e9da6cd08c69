/** Configuration of where the pods of this node come from: the keys that all components which look pods up have in common. */
import { z } from 'zod'
import { duration, text, tlsClient } from '../../pipeline/config.ts'

const kubelet = z.strictObject({
  endpoint: z
    .string()
    .regex(/^https?:\/\/[^/]+$/, 'must be an address such as "https://10.0.0.1:10250"')
    .optional()
    .describe('With `source: kubelet`, its address. Default: port 10250 of the node'),
  tls: tlsClient().optional().describe('How to check its certificate. Default: as that of the API server'),
  interval: duration({ min: '1s', max: '10m' }).prefault('10s').describe('How often its pods are read'),
})

const cri = z.strictObject({
  endpoint: z
    .string()
    .regex(/^unix:\/\//, 'must be a socket such as "unix:///run/containerd/containerd.sock"')
    .default('unix:///run/containerd/containerd.sock')
    .describe('With `source: cri`, the socket of the container runtime'),
  interval: duration({ min: '1s', max: '10m' }).prefault('5s').describe('How often its containers are read'),
})

/** Who the agent is to the API server. */
export const apiLogin = {
  auth_type: z
    .enum(['serviceAccount', 'kubeConfig', 'none'])
    .default('serviceAccount')
    .describe('How to log in at the API server'),
  kube_config_path: text
    .describe('With `kubeConfig`, the file. Default: $KUBECONFIG, else ~/.kube/config')
    .optional(),
  context: text.describe('With `kubeConfig`, the context. Default: the current one').optional(),
}

/** Whom to ask, and as whom. */
export const podSource = {
  ...apiLogin,
  source: z
    .enum(['watch', 'kubelet', 'cri'])
    .default('watch')
    .describe(
      'Where pods come from: a watch of this node at the API server, the kubelet, or the container runtime',
    ),
  kubelet: kubelet.prefault({}),
  cri: cri.prefault({}),
}

/** Which node's. */
export const nodeFilter = {
  node: text
    .describe(
      'Name of this node. Default: $K8S_NODE_NAME, $KUBE_NODE_NAME, else the host name if a node has it',
    )
    .optional(),
  node_from_env_var: text.describe('Environment variable that has the name of this node').optional(),
}

export const deleteGracePeriod = duration({ max: '1h' })
  .prefault('5m')
  .describe('How long a deleted pod is remembered for what it did last')

const equality = z.enum(['equals', 'not-equals'])
const labelFilter = z.strictObject({
  key: text.describe('Key of the label'),
  value: z.string().default('').describe('Its value'),
  op: z
    .enum([...equality.options, 'exists', 'does-not-exist'])
    .default('equals')
    .describe('How they must compare'),
})
export type LabelFilter = z.output<typeof labelFilter>
const fieldFilter = z.strictObject({
  key: text.describe('Field, such as `status.phase`'),
  value: z.string().default('').describe('Its value'),
  op: equality.default('equals').describe('How they must compare'),
})

/** Which of its pods are asked for; nobody knows the others then. */
export const podFilter = z.strictObject({
  ...nodeFilter,
  namespace: text.describe('Only pods of this namespace').optional(),
  fields: z.array(fieldFilter).default([]).describe('Only pods with these fields; `source: watch` only'),
  labels: z.array(labelFilter).default([]).describe('Only pods with these labels'),
})
export type PodFilter = z.output<typeof podFilter>

const origin = z.object({ ...podSource, filter: podFilter, delete_grace_period: deleteGracePeriod })
/** A decoded configuration with all of these keys. */
export type PodOrigin = z.output<typeof origin>

/** Returns an origin; keys that are not given are as in a configuration. */
export function decodeOrigin(given: z.input<typeof origin>): PodOrigin {
  return origin.parse(given)
}
