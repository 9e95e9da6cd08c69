/** Resolves when `work` has been done for each item, for so many at once. Rejects with the first error, after all have ended. */
export async function inTurn<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values()
  const workers = Array.from({ length: Math.min(atOnce, items.length) }, async () => {
    for (const item of left) await work(item)
  })
  const results = await Promise.allSettled(workers)
  const failed = results.find(result => result.status === 'rejected')
  if (failed) throw failed.reason
}
