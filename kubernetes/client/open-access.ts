/** The way to the API server that a configuration names. */
import { type Access, anonymousAccess, serviceAccountAccess } from './access.ts'
import { kubeconfigAccess } from './kubeconfig.ts'

interface ApiLogin {
  readonly auth_type: 'serviceAccount' | 'kubeConfig' | 'none'
  readonly kube_config_path?: string | undefined
  readonly context?: string | undefined
}

/** Throws KUBERNETES_CONFIG_INVALID. */
export async function openAccess({ auth_type, kube_config_path, context }: ApiLogin): Promise<Access> {
  if (auth_type === 'serviceAccount') return serviceAccountAccess()
  if (auth_type === 'none') return anonymousAccess()
  return kubeconfigAccess({ path: kube_config_path, context })
}
