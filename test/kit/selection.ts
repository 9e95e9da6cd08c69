import type { ContainerSelection } from '../../trace/requests/request.ts'

/** The selection of all containers, now and later, unless told otherwise. */
export function containerSelection(given: Partial<ContainerSelection> = {}): ContainerSelection {
  const any = { namespaces: [], pods: [], containers: [], labels: '', fields: '', isFollowing: true }
  return { kind: 'containers', ...any, ...given }
}
