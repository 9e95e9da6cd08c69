/** Facts about the agent, for the page. */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { programFile } from '../../native/program-files.ts'
import { type Endpoint, formatEndpoint } from '../../pipeline/config.ts'
import type { AccessBoard } from '../../pipeline/http/access.ts'
import { nodeNameOf } from '../../pipeline/resource-detection/k8s-node.ts'
import type { StatsAbout } from '../../stats/api/about.ts'
import type { History } from '../../stats/history.ts'

interface Facts {
  readonly history: History
  readonly access: AccessBoard
  readonly needsLogin: boolean
  /** Whether the calls of containers are kept for seccomp profiles. */
  readonly hasSeen: boolean
  /** Undefined: does not listen yet. */
  readonly endpoint: () => Endpoint | undefined
}

export function createAbout({ history, access, needsLogin, hasSeen, endpoint }: Facts): () => StatsAbout {
  const { version } = JSON.parse(readFileSync(programFile('package.json'), 'utf8')) as { version: string }
  const here = nodeNameOf(process.env) ?? hostname()
  return () => {
    const { nodes, intervalMs, endMs, oldestMs, isTimed } = history.facts()
    const own = endpoint()
    const api = access.current?.endpoint
    const isHere = own !== undefined && api !== undefined && formatEndpoint(own) === formatEndpoint(api)
    return {
      node: nodes.length === 1 ? nodes[0]! : here,
      version,
      intervalMs,
      endMs,
      oldestMs,
      isTimed,
      needsLogin,
      services: { api: isHere, stuck: isHere, seen: hasSeen },
    }
  }
}
