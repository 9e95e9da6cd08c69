/** Operations that read what the agent knows besides jobs. */

import type { Pod } from '../../../kubernetes/pods/pod.ts'
import type { PodStore } from '../../../kubernetes/pods/pod-store.ts'
import { CALL_NAMES, CLASS_NAMES, classify, GROUP_NAMES } from '../../../syscalls/classes.ts'
import { ABIS, type Abi, syscallNumber } from '../../../syscalls/tables/syscalls.ts'
import { type PodList, podList, type SyscallList, syscallList } from '../../../trace/api/documents.ts'
import { hasOptedOut } from '../../../trace/requests/consent.ts'
import type { Gate } from '../auth/gate.ts'
import { type Operation, operation } from './operation.ts'

interface CatalogueContext {
  readonly node: string
  readonly gate: Gate
  /** Undefined: the agent knows none. */
  readonly pods: PodStore | undefined
}

export function catalogueOperations({ node, gate, pods }: CatalogueContext): Operation[] {
  return [
    operation({
      id: 'listSyscalls',
      method: 'GET',
      path: '/syscalls',
      summary: 'All system calls that jobs may name, with their classes and groups',
      answers: { 200: { description: 'The catalogue', schema: syscallList } },
      run: () => ({ status: 200, body: listSyscalls() }),
    }),
    operation({
      id: 'listPods',
      method: 'GET',
      path: '/pods',
      summary: 'The pods of this node whose namespace the caller may trace',
      answers: { 200: { description: 'Pods', schema: podList } },
      async run({ who }): Promise<{ status: number; body: PodList }> {
        const living = pods ? [...pods.index.all()].filter(({ uid }) => pods.index.isAlive(uid)) : []
        const namespaces = [...new Set(living.map(({ namespace }) => namespace))]
        const may = await Promise.all(namespaces.map(namespace => gate.allows(who, 'get', namespace)))
        const allowed = new Set(namespaces.filter((_, i) => may[i]))
        const shown = living.filter(({ namespace }) => allowed.has(namespace))
        return { status: 200, body: { node, pods: shown.map(toDocument) } }
      },
    }),
  ]
}

function toDocument(pod: Pod): PodList['pods'][number] {
  const { namespace, name, uid, labels } = pod
  const containers = pod.containers.flatMap(({ name, instances: [current] }) =>
    current ? [{ name, id: current.id }] : [],
  )
  return { namespace, name, uid, labels: { ...labels }, containers, optedOut: hasOptedOut(pod) }
}

function listSyscalls(): SyscallList {
  const syscalls = CALL_NAMES.map(name => ({ name, ...classify(name), nr: numbersOf(name) }))
  return { syscalls, classes: [...CLASS_NAMES], groups: [...GROUP_NAMES] }
}

function numbersOf(name: string): Record<string, number> {
  const numbers = ABIS.map((abi): [Abi, number | undefined] => [abi, syscallNumber(abi, name)])
  return Object.fromEntries(numbers.filter(([, number]) => number !== undefined)) as Record<string, number>
}
