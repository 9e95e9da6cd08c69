/** Whose an id may be. */

/**
 * Returns the rule that an id breaks; undefined: none. An id with a dot is its namespace's, as those of Trace resources are (NAMESPACE.NAME.UID): so
 * nobody finds out by them what another namespace traces, or takes them before it does. A name of a namespace has no dot.
 */
export function findFaultWithId(id: string, namespace: string | undefined): string | undefined {
  if (namespace === undefined || !id.includes('.') || id.startsWith(`${namespace}.`)) return undefined
  return `must begin with "${namespace}.", or be without a ".": ids with other beginnings are other namespaces'`
}
