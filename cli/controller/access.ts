/** As whom the controller asks the API server and the agents, and whom it trusts. */
import { readFile } from 'node:fs/promises'
import type { AgentAccess } from '../../controller/agent-client.ts'
import { type Access, serviceAccountAccess } from '../../kubernetes/client/access.ts'
import { kubeconfigAccess } from '../../kubernetes/client/kubeconfig.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { ControllerSettings } from './decode-options.ts'

export async function openAccess({ kubeconfig }: ControllerSettings): Promise<Access> {
  return kubeconfig === undefined ? serviceAccountAccess() : kubeconfigAccess({ path: kubeconfig })
}

/** Files are read anew each time: tokens and authorities are renewed. */
export function createAgentAccess(access: Access, { tokenFile, caFile }: ControllerSettings): AgentAccess {
  return {
    async token() {
      if (tokenFile !== undefined) return (await readGiven('--token-file', tokenFile)).trim()
      const { headers } = await access.credentials(false)
      const { authorization } = (headers ?? {}) as { readonly authorization?: string }
      return /^Bearer (.+)$/.exec(authorization ?? '')?.[1]
    },
    ca: async () => (caFile === undefined ? undefined : readGiven('--ca', caFile)),
  }
}

/** Throws USAGE_INVALID. */
export async function readGiven(option: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const message = `${option}: must be a file that can be read, got ${path} (${cause.code})`
    throw new SwollError('USAGE_INVALID', message, { cause })
  })
}
