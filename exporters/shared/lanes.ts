/**
 * Gives the items to `work` in their order, at most `lanes` at once. Rejects with the first failure, when those under way
 * have ended; no more are taken then.
 */
export async function inLanes<T>(
  items: AsyncGenerator<T, void>,
  lanes: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = []
  const lane = async () => {
    while (failures.length === 0) {
      const next = await items.next()
      if (next.done) return
      await work(next.value)
    }
  }
  const all = Array.from({ length: lanes }, () => lane().catch((error: unknown) => failures.push(error)))
  await Promise.all(all)
  await items.return()
  if (failures.length > 0) throw failures[0]
}
