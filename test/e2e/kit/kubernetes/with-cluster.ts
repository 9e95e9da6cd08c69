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

type AddTest = (name: string, test: () => Promise<void>) => void

/**
 * Adds tests to a suite that share one cluster and its node: made for the first of them, gone after the last. What one leaves there
 * the next ones find.
 */
export function sharingNode(suite: AddTest) {
  const add = sharing(suite, startBoth)
  return (name: string, body: OnNode): void =>
    add(name, ({ cluster, node }) => explained(cluster, () => explained(node, () => body(cluster, node))))
}

async function startBoth(stack: AsyncDisposableStack) {
  const cluster = stack.use(await startCluster())
  return { cluster, node: stack.use(await startNode(cluster)) }
}

/** The same for whatever `start` makes; it goes with the stack. */
export function sharing<T>(suite: AddTest, start: (stack: AsyncDisposableStack) => Promise<T>) {
  const stack = new AsyncDisposableStack()
  let shared: Promise<T> | undefined
  let left = 0
  return (name: string, body: (shared: T) => Promise<void>): void => {
    left++
    suite(name, async () => {
      try {
        shared ??= start(stack)
        await body(await shared)
      } finally {
        if (--left === 0) await stack.disposeAsync()
      }
    })
  }
}

/** Prints the logs when the body fails. */
export async function explained<T>(what: { logs(): string }, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    process.stderr.write(what.logs())
    throw error
  }
}
