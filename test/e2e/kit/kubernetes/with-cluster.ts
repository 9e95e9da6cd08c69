/** A cluster for one test, gone after it; when the test fails, the logs are printed first. */
import { type Cluster, startCluster } from './cluster.ts'
import { type Node, startNode } from './node.ts'

/** Without a node. */
export async function withCluster(body: (cluster: Cluster) => Promise<void>): Promise<void> {
  await using cluster = await startCluster()
  await explained(cluster, () => body(cluster))
}

/** With a node that is ready. */
export async function withNode(body: (cluster: Cluster, node: Node) => Promise<void>): Promise<void> {
  await withCluster(async cluster => {
    await using node = await startNode(cluster)
    await explained(node, () => body(cluster, node))
  })
}

async function explained(what: { logs(): string }, body: () => Promise<void>): Promise<void> {
  try {
    await body()
  } catch (error) {
    process.stderr.write(what.logs())
    throw error
  }
}
