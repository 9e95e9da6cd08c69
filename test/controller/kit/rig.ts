/** A controller with an API server and agents in memory, and a clock that stands still. */
import { Controller } from '../../../controller/controller.ts'
import { JOBS, objectOf, TRACES } from '../../../controller/kinds.ts'
import { jobIdOf, type Trace } from '../../../controller/resource.ts'
import { fakeClock } from '../../kit/clock.ts'
import { nopLogger } from '../../kit/context.ts'
import { FakeAgents } from './agents.ts'
import { FakeCluster, type Fault, type StoredObject } from './cluster.ts'

export const NAMESPACE = 'shop'
const READER = {
  image: 'swoll:test',
  imagePullPolicy: 'IfNotPresent',
  ca: 'PEM',
  serverName: 'swoll.swoll.svc',
}

interface RigOptions {
  readonly nodes?: readonly string[]
  readonly random?: () => number
  readonly lagMs?: () => number
}

export type Rig = ReturnType<typeof createRig>

export function createRig({ nodes = ['a', 'b'], random = () => 0.5, lagMs = () => 20 }: RigOptions = {}) {
  const clock = fakeClock()
  const faults: { api: () => Fault } = { api: () => 'none' }
  const cluster = new FakeCluster({ clock, lagMs, fault: () => faults.api() })
  const agents = new FakeAgents(clock)
  for (const node of nodes) agents.add(node)
  return {
    clock,
    cluster,
    agents,
    faults,
    /** A process of its own: what it knows is lost with it. */
    createController(
      sources: Pick<ConstructorParameters<typeof Controller>[0], 'traces' | 'jobs'> = {
        traces: cluster.source('traces'),
        jobs: cluster.source('jobs'),
      },
    ) {
      let isDead = false
      const controller = new Controller({
        api: cluster.api(() => isDead),
        agentApi: agents.api(() => isDead),
        directory: agents,
        ...sources,
        reader: async () => READER,
        clock,
        log: nopLogger,
        random,
      })
      /** Like SIGKILL: what is under way is never answered. */
      const kill = () => {
        isDead = true
        void controller.stop()
      }
      controller.start()
      return Object.assign(controller, { kill })
    },
    async lead() {
      const controller = this.createController()
      controller.lead()
      await clock.advance(2000)
      return controller
    },
    create: (name: string, spec: object, annotations = {}): StoredObject =>
      cluster.create(
        { ...TRACES, namespace: NAMESPACE },
        {
          apiVersion: 'tools.swoll.criticalstack.com/v1alpha1',
          kind: 'Trace',
          metadata: { name, namespace: NAMESPACE, annotations },
          spec,
        },
      ),
    update(name: string, spec: object): void {
      const before = this.trace(name)
      if (before) cluster.update(objectOf(TRACES, { namespace: NAMESPACE, name }), { ...before, spec })
    },
    delete: (name: string) => cluster.delete(objectOf(TRACES, { namespace: NAMESPACE, name })),
    trace: (name: string) =>
      cluster.find(objectOf(TRACES, { namespace: NAMESPACE, name })) as Trace | undefined,
    traces: () => cluster.list('traces') as unknown as Trace[],
    jobs: () => cluster.list('jobs'),
    deleteJob: (name: string) => cluster.delete(objectOf(JOBS, { namespace: NAMESPACE, name })),
    /** The pods of all Jobs run. */
    readyJobs(): void {
      for (const job of cluster.list('jobs')) {
        const { namespace, name } = job.metadata
        if (!job.status)
          cluster.update(
            { ...objectOf(JOBS, { namespace, name }), subresource: 'status' },
            { ...job, status: { ready: 1 } },
          )
      }
    },
    events: () => cluster.list('events') as unknown as { reason: string; message: string; count: number }[],
    /** Nodes on which the job of the Trace runs. */
    runningOn(trace: Trace): string[] {
      const id = jobIdOf(trace)
      return [...agents.agents.values()]
        .filter(agent => agent.running(clock.monotonicMs()).includes(id))
        .map(({ node }) => node)
        .sort()
    },
  }
}
