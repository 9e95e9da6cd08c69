/** Set by the downward API, by convention. */
const NODE_VARIABLES = ['K8S_NODE_NAME', 'KUBE_NODE_NAME']

/** Returns the name of the node from the environment. */
export function nodeNameOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return NODE_VARIABLES.map(name => env[name]).find(Boolean)
}
