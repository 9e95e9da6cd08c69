/** How complete counts are, for who draws conclusions from calls that were not seen: receivers tell, exporters of the process ask. */
import type { Host } from './component.ts'
import type { Lease, Service } from './services.ts'

/** One receiver that counts. */
export interface CoverageSource {
  /** Whether the resource was there from its beginning on; undefined: not known here. */
  isWhole(resourceId: string): boolean | undefined
  /** Calls that are not where they should be, since counting began. */
  lost(): number
  /** Whether a rule of the configuration leaves calls out. */
  readonly isExcluding: boolean
  /** The last batch that was sent: when it was collected, Unix ns, and how many calls it has. */
  readonly sent: { readonly timeUnixNano: bigint; readonly calls: number } | undefined
}

export class Coverage implements Service {
  readonly #sources = new Map<string, CoverageSource>()

  /** `id` is the receiver's; a successor takes its place. */
  tell(id: string, source: CoverageSource): void {
    this.#sources.set(id, source)
  }

  /** Nothing where another one has taken the place. */
  untell(id: string, source: CoverageSource): void {
    if (this.#sources.get(id) === source) this.#sources.delete(id)
  }

  get sources(): readonly CoverageSource[] {
    return [...this.#sources.values()]
  }

  async close(): Promise<void> {}
}

/** A share in what all receivers of the process tell. */
export function leaseCoverage(host: Pick<Host, 'service'>): Promise<Lease<Coverage>> {
  return host.service('coverage of counts', () => new Coverage())
}
