/** The controller as a process, and Trace resources as a user has them. */
import type { Trace } from '../../../../controller/resource.ts'
import { RunningCli, Scratch } from '../../../kit/cli.ts'
import { type AgentCluster, SERVER_NAME, SERVICE } from './agents.ts'
import type { Api, ApiObject } from './api.ts'
import { SWOLL_IMAGE } from './swoll-image.ts'
import { waitFor } from './wait.ts'

const KIND = { apiVersion: 'tools.swoll.criticalstack.com/v1alpha1', kind: 'Trace' } as const

export class Controller implements Disposable {
  readonly #scratch = new Scratch()
  readonly #args: readonly string[]
  #swoll: RunningCli | undefined

  private constructor(all: AgentCluster, token: string, flags: readonly string[]) {
    this.#args = [
      'controller',
      ...['--kubeconfig', all.cluster.kubeconfigWith({ token }), '--metrics-addr', '127.0.0.1:0'],
      ...['--image', SWOLL_IMAGE, '--agents-service', `${SERVICE.namespace}/${SERVICE.name}`],
      ...['--ca', all.cluster.caFile, '--server-name', SERVER_NAME],
      ...['--token-file', this.#scratch.write('token', token)],
      ...flags,
    ]
  }

  static async start(all: AgentCluster, flags: readonly string[] = []): Promise<Controller> {
    const controller = new Controller(all, await all.tokenOf('swoll-controller'), flags)
    controller.start()
    return controller
  }

  get log(): string {
    return this.#swoll?.stderr ?? ''
  }

  start(): void {
    this.#swoll = new RunningCli(this.#args, ['setpriv', '--pdeathsig', 'KILL', '--'])
  }

  /** Gives it no time for anything. */
  async kill(): Promise<void> {
    this.#swoll?.kill('SIGKILL')
    await this.#swoll?.ended()
  }

  /** Its exit code. */
  async stop(): Promise<number | null> {
    this.#swoll?.kill('SIGTERM')
    return this.#swoll!.ended()
  }

  [Symbol.dispose](): void {
    this.#swoll?.[Symbol.dispose]()
    this.#scratch[Symbol.dispose]()
  }
}

const pathOf = (namespace: string, name: string) =>
  `/apis/${KIND.apiVersion}/namespaces/${namespace}/traces/${name}`

export function createTrace(api: Api, namespace: string, name: string, spec: object): Promise<ApiObject> {
  return api.create({ ...KIND, metadata: { name, namespace }, spec })
}

function getTrace(api: Api, namespace: string, name: string): Promise<Trace> {
  return api.get<Trace>(pathOf(namespace, name))
}

/** The Trace as soon as its status is as wanted. */
export function waitForTrace(
  api: Api,
  [namespace, name]: readonly [string, string],
  isWanted: (status: NonNullable<Trace['status']>) => boolean,
): Promise<Trace> {
  let last: Trace | undefined
  return waitFor(`the Trace ${namespace}/${name}`, async () => {
    last = await getTrace(api, namespace, name)
    return last.status !== undefined && isWanted(last.status) && last
  }).catch(error => {
    throw new Error(`${(error as Error).message}: ${JSON.stringify(last?.status, null, 1)}`)
  })
}

/** Resolves when the API server knows it no more. */
export async function deleteTrace(api: Api, namespace: string, name: string): Promise<void> {
  await api.delete(pathOf(namespace, name))
  await waitFor('the end of the Trace', async () => {
    const { items } = await api.get<{ readonly items: readonly Trace[] }>(
      `/apis/${KIND.apiVersion}/namespaces/${namespace}/traces`,
    )
    return items.every(({ metadata }) => metadata.name !== name)
  })
}
