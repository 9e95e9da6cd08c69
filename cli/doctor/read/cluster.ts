/** Asks the API server what the agent's own login may do (SelfSubjectAccessReview). */
import { ApiClient } from '../../../kubernetes/client/api-client.ts'
import { openAccess } from '../../../kubernetes/client/open-access.ts'
import { findMissing } from '../../kubectl/rights.ts'
import type { ClusterFacts } from '../facts.ts'
import type { Needs } from '../needs.ts'

/** Undefined: the configuration asks for nothing. */
export async function readCluster({ asks }: Needs, abort: AbortSignal): Promise<ClusterFacts | undefined> {
  const asked = asks.reduce((sum, { rights }) => sum + rights.length, 0)
  if (asked === 0) return undefined
  const missing: ClusterFacts['missing'][number][] = []
  let server: string | undefined
  try {
    for (const { login, rights } of asks) {
      const access = await openAccess(login)
      server = access.server
      missing.push(
        ...(await findMissing({ client: new ApiClient(access), namespace: undefined, abort }, rights)),
      )
    }
    return { server, asked, missing }
  } catch (error) {
    return { server, asked, missing, error: (error as Error).message }
  }
}
