/** A cluster for one test or several, gone after them; when a test fails, the logs are printed first. */
import { type Cluster, startCluster } from './cluster.ts'
import { type Node, startNode } from './node.ts'

/** Without a node. */
export async function withCluster(body: (cluster: Cluster) => Promise<void>): Promise<void> {
  await using cluster = await startCluster()
  await explained(cluster, () => body(cluster))
}

type OnNode = (cluster: Cluster, node: Node) => Promise<void>

/** Runs `body` with a cluster whose node is ready. */
export async function withNode(body: OnNode): Promise<void> {
  await withCluster(async cluster => {
    await using node = await startNode(cluster)
    await explained(node, () => body(cluster, node))
  })
}

/**
 * Adds tests to a suite that share one cluster and its node: made for the first of them, gone after the last. What one leaves there
 * the next ones find.
 */
export function sharingNode(suite: (name: string, test: () => Promise<void>) => void) {
  const stack = new AsyncDisposableStack()
  let shared: Promise<readonly [Cluster, Node]> | undefined
  let left = 0
  return (name: string, body: OnNode): void => {
    left++
    suite(name, async () => {
      try {
        shared ??= startBoth(stack)
        const [cluster, node] = await shared
        await explained(cluster, () => explained(node, () => body(cluster, node)))
      } finally {
        if (--left === 0) await stack.disposeAsync()
      }
    })
  }
}

async function startBoth(stack: AsyncDisposableStack): Promise<readonly [Cluster, Node]> {
  const cluster = stack.use(await startCluster())
  return [cluster, stack.use(await startNode(cluster))]
}

async function explained(what: { logs(): string }, body: () => Promise<void>): Promise<void> {
  try {
    await body()
  } catch (error) {
    process.stderr.write(what.logs())
    throw error
  }
}
