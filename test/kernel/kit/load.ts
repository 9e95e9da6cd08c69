/** The background load: calls on every CPU, in a cgroup of their own, counted like any other. */
import { Cgroup } from './cgroup.ts'
import { type Report, Workload } from './workload.ts'

/** Longer than any case; the load also ends with the test, whose pipe it waits on. */
const LIMIT_SECONDS = '300'

/** A running load. `end` gives its report and must be called before disposal, to be of use. */
export class Load implements AsyncDisposable {
  readonly cgroup = Cgroup.create()
  readonly #spinner: Workload = Workload.start(this.cgroup, 'spinner', LIMIT_SECONDS)

  static async start(): Promise<Load> {
    const load = new Load()
    await load.#spinner.ready()
    return load
  }

  end(): Promise<Report> {
    return this.#spinner.end()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cgroup[Symbol.asyncDispose]()
  }
}
