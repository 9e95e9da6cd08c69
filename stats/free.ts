/** Gives the memory of arrays back at once, which the collector of garbage would see much later: it is not in V8's heap. */
export function free(arrays: Iterable<ArrayBufferView<ArrayBuffer>>): void {
  for (const { buffer } of arrays) buffer.transfer(0)
}
