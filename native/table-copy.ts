/** The copy of a table that the kernel is writing. */
import { binding, mustBe, mustBeCount } from './addon.ts'
import { setLayout } from './generated/layout.ts'

/**
 * Copies a table of `struct swoll_set` (see bpf/accounting.h) that the kernel is writing. In the copy each way is what it was
 * at one moment; a way caught while it changed owner has an odd `seq`. Both buffers hold at least `sets` sets.
 */
export function copyTable(live: ArrayBuffer, copy: ArrayBuffer, sets: number): void {
  mustBeCount('copyTable sets', sets)
  for (const [name, buffer] of Object.entries({ live, copy })) {
    const isLarge = buffer instanceof ArrayBuffer && buffer.byteLength >= sets * setLayout.size
    mustBe(isLarge, `copyTable ${name}: must be an ArrayBuffer of ${sets} sets`, buffer?.byteLength)
  }
  binding().copyTable(live, copy, sets)
}
