/** The way to the API server for people's commands: as kubectl finds it. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { type Access, serviceAccountAccess } from '../../kubernetes/client/access.ts'
import { kubeconfigAccess } from '../../kubernetes/client/kubeconfig.ts'

/** As options say; else by the kubeconfig; in a pod without one by its service account. Throws KUBERNETES_CONFIG_INVALID. */
export async function clusterAccess(options: Parameters<typeof kubeconfigAccess>[0]): Promise<Access> {
  const { KUBECONFIG, KUBERNETES_SERVICE_HOST } = process.env
  const isGiven = [options.path, options.context, options.as, KUBECONFIG || undefined].some(
    each => each !== undefined,
  )
  if (isGiven || !KUBERNETES_SERVICE_HOST || existsSync(`${homedir()}/.kube/config`))
    return kubeconfigAccess(options)
  return serviceAccountAccess()
}
