/** The kernel side's table of what to copy of each call (`struct swoll_copies`, bpf/trace.h). */
import {
  AT_ENTRY,
  AT_EXIT,
  AT_SUCCESS,
  CALL_NUMBERS,
  COPY_ARRAY,
  COPY_BYTES,
  COPY_IOCTL,
  COPY_IOVECS,
  COPY_MESSAGE,
  COPY_PAYLOAD,
  COPY_POINTED,
  COPY_RETURNED,
  COPY_RETURNED_PAYLOAD,
  COPY_SIZED,
  COPY_STRING,
  COPY_STRINGS,
  copiesLayout,
  copyLayout,
} from '../../../native/generated/trace-layout.ts'
import type { Abi } from '../tables/syscalls.ts'
import { definitionOf } from './definition.ts'
import type { How, When } from './kind.ts'

const HOW: Readonly<Record<How, number>> = {
  bytes: COPY_BYTES,
  string: COPY_STRING,
  array: COPY_ARRAY,
  returned: COPY_RETURNED,
  pointed: COPY_POINTED,
  strings: COPY_STRINGS,
  iovecs: COPY_IOVECS,
  message: COPY_MESSAGE,
  payload: COPY_PAYLOAD,
  returned_payload: COPY_RETURNED_PAYLOAD,
  ioctl: COPY_IOCTL,
  sized: COPY_SIZED,
}
const WHEN: Readonly<Record<When, number>> = { entry: AT_ENTRY, success: AT_SUCCESS, exit: AT_EXIT }

/**
 * One `struct swoll_copies` per number, `CALL_NUMBERS` in all. The last place is shared by all higher numbers, so it orders
 * nothing: what is right for one would be wrong for the others.
 */
export function encodeCopies(abi: Abi): Uint8Array {
  const bytes = new Uint8Array(CALL_NUMBERS * copiesLayout.size)
  const view = new DataView(bytes.buffer)
  const is32bit = abi === 'x86_64' || abi === 'arm64' ? 0 : 1
  for (let number = 0; number < CALL_NUMBERS - 1; number++) {
    for (const [order, copy] of definitionOf(abi, number).copies.entries()) {
      const at = number * copiesLayout.size + copiesLayout.copies + order * copyLayout.size
      bytes[at + copyLayout.argument] = copy.argument
      bytes[at + copyLayout.how] = HOW[copy.how]
      bytes[at + copyLayout.when] = WHEN[copy.when]
      bytes[at + copyLayout.count] = copy.count ?? 0
      view.setUint16(at + copyLayout.unit, copy.size ?? 0, true)
      view.setUint16(at + copyLayout.is32bit, is32bit, true)
    }
  }
  return bytes
}
