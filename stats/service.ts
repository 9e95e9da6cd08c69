/** The history of a process, for all who want its numbers: who collects opens it, who shows asks for it. */
import type { Host } from '../pipeline/component.ts'
import type { Lease } from '../pipeline/services.ts'
import { History, type HistoryOptions } from './history.ts'

const HISTORY_SERVICE = 'metrics history'

/** A share in the history of the process. The options are those of the first who asks. */
export function leaseHistory(host: Pick<Host, 'service'>, options: HistoryOptions): Promise<Lease<History>> {
  return host.service(HISTORY_SERVICE, () => new History(options))
}
