/** The workload of a pod by the pod's name alone, less what controllers append: their metrics need no further labels for it. */

/** Kubernetes' alphabet of random names: no vowels, no digits that look like them. */
const RANDOM = '[bcdfghjklmnpqrstvwxz2456789]'

/** A Deployment's hash or a CronJob's minutes, if any; then five random characters, or a StatefulSet's ordinal. */
const APPENDED = `(?:-${RANDOM}{6,10}|-[0-9]{8})?-(?:${RANDOM}{5}|[0-9]{1,4})`

/** Its first group is the workload; of a pod without such an end, all of its name. For Prometheus, which anchors it, and Grafana. */
export const WORKLOAD = `(.+?)(?:${APPENDED})?`

/** Matches the pods of workloads that a variable of Grafana chooses. */
export function podsOf(variable: string): string {
  return `(?:$${variable})(?:${APPENDED})?`
}
