/** `swoll certificates`: makes and renews what the agents of a release serve their API with, and ends. */
import { renewStored } from '../../controller/certificates/store.ts'
import { serviceAccountAccess } from '../../kubernetes/client/access.ts'
import { ApiClient } from '../../kubernetes/client/api-client.ts'
import { kubeconfigAccess } from '../../kubernetes/client/kubeconfig.ts'
import { startDeadline } from '../../pipeline/deadline.ts'
import type { CertificateOptions } from '../certificate-options.ts'
import { print } from '../standard-streams.ts'

/** A Job that takes longer is better begun anew. */
const LIMIT_MS = 60_000

/** Prints what was done, a line for each. Throws what the API server refuses. */
export async function renewCertificates(options: CertificateOptions): Promise<void> {
  const { kubeconfig, namespace, name, isRotation } = options
  const access =
    kubeconfig === undefined ? serviceAccountAccess() : await kubeconfigAccess({ path: kubeconfig })
  const client = new ApiClient(access)
  using deadline = startDeadline(LIMIT_MS)
  try {
    const store = { client, namespace, name, abort: deadline.signal }
    const { changes, endsMs } = await renewStored(store, options, { nowMs: Date.now(), isRotation })
    const until = `the certificate ends at ${new Date(endsMs).toISOString()}`
    for (const change of changes) print(`swoll: ${change}\n`)
    print(changes.length > 0 ? `swoll: ${until}\n` : `swoll: nothing to renew: ${until}\n`)
  } finally {
    client.close()
  }
}
