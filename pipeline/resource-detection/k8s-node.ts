/** Set by the downward API, by convention. */
const NODE_VARIABLES = ['K8S_NODE_NAME', 'KUBE_NODE_NAME']

/** The name of the node as the environment has it. */
export function nodeNameOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return NODE_VARIABLES.map(name => env[name]).find(Boolean)
}
