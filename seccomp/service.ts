/** What was seen, as a service of the process: it goes on while the exporters that keep it are replaced. */
import type { Host } from '../pipeline/component.ts'
import { type Coverage, leaseCoverage } from '../pipeline/coverage.ts'
import type { Lease, Service } from '../pipeline/services.ts'
import { Observed } from './observed.ts'

class SeenCalls extends Observed implements Service {
  readonly #coverage: Lease<Coverage>

  constructor(coverage: Lease<Coverage>) {
    super({ coverage: coverage.value })
    this.#coverage = coverage
  }

  close(abort: AbortSignal): Promise<void> {
    return this.#coverage.release(abort)
  }
}

/** A share in what is kept in this process. */
export function leaseObserved(host: Pick<Host, 'service'>): Promise<Lease<Observed & Service>> {
  return host.service('seen calls', async () => new SeenCalls(await leaseCoverage(host)))
}
