/** Pods that make numbered calls when they are told to, and what of these calls has arrived somewhere. */
import * as assert from 'uvu/assert'
import type { Api } from './api.ts'
import type { Node } from './node.ts'
import { findCgroup, signalCgroup } from './node-cgroup.ts'
import { containerIdOf, type Pod, statusesOf, toContainer } from './pods.ts'
import { waitFor } from './wait.ts'

interface ReplicasOptions {
  readonly name: string
  readonly namespace: string
  readonly replicas: number
  /** Calls of each burst of a replica. */
  readonly calls: number
}

/** A Deployment whose replicas are on different nodes as far as there are some, with the label `app: NAME`. */
export class Replicas {
  readonly #api: Api
  readonly #options: ReplicasOptions
  readonly #nodes: () => readonly Node[]
  readonly #made = new Map<string, number>()
  #count: number

  private constructor(api: Api, nodes: () => readonly Node[], options: ReplicasOptions) {
    this.#api = api
    this.#nodes = nodes
    this.#options = options
    this.#count = options.replicas
  }

  /** Resolves when all are running; the first burst of each is under way then. `nodes`: those that there are at any time. */
  static async create(api: Api, nodes: () => readonly Node[], options: ReplicasOptions): Promise<Replicas> {
    const replicas = new Replicas(api, nodes, options)
    await api.create(toDeployment(options))
    await replicas.#settle()
    return replicas
  }

  /** Changes their number, and waits for the last of them. Those that come make a burst at once. */
  async scale(count: number): Promise<void> {
    const { namespace, name } = this.#options
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`
    await this.#api.patch(path, { spec: { replicas: count } })
    this.#count = count
    await this.#settle()
  }

  /** Deletes those of a node that is gone, and waits until others have taken their place. */
  async leave(node: string): Promise<void> {
    for (const pod of await this.#listed()) {
      const { namespace, name } = pod.metadata
      const path = `/api/v1/namespaces/${namespace}/pods/${name}?gracePeriodSeconds=0`
      if (nodeOf(pod) === node) await this.#api.delete(path)
    }
    await this.#settle()
  }

  /** Has each replica make its calls again. */
  async burst(): Promise<void> {
    for (const pod of await this.#running()) {
      const { cgroupRoot } = this.#nodes().find(({ name }) => name === nodeOf(pod))!
      signalCgroup(findCgroup(cgroupRoot, containerIdOf(statusesOf(pod)[0]!)), 'SIGUSR1')
      this.#countBurst(pod)
    }
  }

  /** How many run on the node. */
  async countOn(node: string): Promise<number> {
    return (await this.#running()).filter(pod => nodeOf(pod) === node).length
  }

  /** Calls that each pod has made so far, by its name. */
  get made(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#made].sort())
  }

  async #listed(): Promise<readonly Pod[]> {
    const { namespace, name } = this.#options
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${name}`
    return (await this.#api.get<{ readonly items: readonly Pod[] }>(path)).items
  }

  async #running(): Promise<Pod[]> {
    const pods = await this.#listed()
    return pods.filter(
      ({ status, metadata }) => status.phase === 'Running' && metadata.deletionTimestamp === undefined,
    )
  }

  async #settle(): Promise<void> {
    const pods = await waitFor(`${this.#count} replicas of ${this.#options.name}`, async () => {
      const running = await this.#running()
      return running.length === this.#count && running
    })
    for (const pod of pods) if (!this.#made.has(pod.metadata.name)) this.#countBurst(pod)
  }

  #countBurst({ metadata: { name } }: Pod): void {
    this.#made.set(name, (this.#made.get(name) ?? 0) + this.#options.calls)
  }
}

export function nodeOf(pod: Pod): string {
  return (pod.spec as { readonly nodeName: string }).nodeName
}

function toDeployment({ name, namespace, replicas, calls }: ReplicasOptions) {
  const labels = { app: name }
  const spread = {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: labels },
  }
  const spec = {
    terminationGracePeriodSeconds: 0,
    topologySpreadConstraints: [spread],
    containers: [toContainer('main', [`${calls}#`, 'forever'])],
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  }
}

interface CallLine {
  readonly type: string
  readonly container: { readonly pod: string; readonly name: string } | null
  readonly args: { readonly policy?: { readonly raw: number } }
}

/** The numbers of the calls in lines of JSON, by pod or container, in the order in which they stand there. Other lines are left out. */
export function numbersIn(lines: Iterable<string>, by: 'pod' | 'name' = 'pod'): Map<string, number[]> {
  const numbers = new Map<string, number[]>()
  for (const line of lines) {
    const { type, container, args } = JSON.parse(line) as CallLine
    const number = args?.policy?.raw
    if (type !== 'call' || number === undefined) continue
    const whose = container?.[by] ?? ''
    numbers.set(whose, [...(numbers.get(whose) ?? []), number])
  }
  return numbers
}

/** Asserts that every call that was made is there once, and in its order. */
export function assertEachOnce(
  numbers: ReadonlyMap<string, readonly number[]>,
  made: Replicas['made'],
): void {
  assert.equal([...numbers.keys()].sort(), Object.keys(made))
  for (const [pod, calls] of Object.entries(made)) {
    const expected = Array.from({ length: calls }, (_, i) => i + 1)
    assert.equal(numbers.get(pod), expected, pod)
  }
}

/** Asserts that what came is one burst of so many calls of each pod, whole and in order. `before`: calls that each had made until then. */
export function assertBurst(
  numbers: ReadonlyMap<string, readonly number[]>,
  before: Replicas['made'],
  calls: number,
): void {
  const burst = [...numbers].map(
    ([pod, all]) => [pod, all.map(number => number - (before[pod] ?? 0))] as const,
  )
  const made = Object.keys(before).map(pod => [pod, calls] as const)
  assertEachOnce(new Map(burst), Object.fromEntries(made))
}
