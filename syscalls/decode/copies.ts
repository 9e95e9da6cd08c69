/** The kernel side's table of what to copy of each call (`struct swoll_copies`, bpf/trace.h). */
import {
  AT_ENTRY,
  AT_EXIT,
  AT_SUCCESS,
  CALL_NUMBERS,
  COPY_ARRAY,
  COPY_BYTES,
  COPY_DESCRIPTOR,
  COPY_DESCRIPTOR_PAIR,
  COPY_ENVIRONMENT,
  COPY_FEW,
  COPY_IOCTL,
  COPY_IOVECS,
  COPY_MESSAGE,
  COPY_MESSAGES,
  COPY_PAYLOAD,
  COPY_POINTED,
  COPY_POINTED_PAIR,
  COPY_RETURNED,
  COPY_RETURNED_PAYLOAD,
  COPY_SIZED,
  COPY_STRING,
  COPY_STRINGS,
  copiesLayout,
  copyLayout,
} from '../../native/generated/trace-layout.ts'
import type { Abi } from '../tables/syscalls.ts'
import { definitionOf } from './definition.ts'
import type { Extras, How, When } from './kind.ts'

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
  descriptor: COPY_DESCRIPTOR,
  descriptor_pair: COPY_DESCRIPTOR_PAIR,
  pointed_pair: COPY_POINTED_PAIR,
  messages: COPY_MESSAGES,
  few: COPY_FEW,
  environment: COPY_ENVIRONMENT,
}
const EXTRA: Readonly<Partial<Record<How, keyof Extras>>> = {
  payload: 'payload',
  returned_payload: 'payload',
  descriptor: 'descriptors',
  descriptor_pair: 'descriptors',
  environment: 'environments',
}
export const ALL_EXTRAS: Extras = { payload: true, descriptors: true, environments: true }
const WHEN: Readonly<Record<When, number>> = { entry: AT_ENTRY, success: AT_SUCCESS, exit: AT_EXIT }

/**
 * One `struct swoll_copies` per number, `CALL_NUMBERS` in all. The last place is shared by all higher numbers, so it orders
 * nothing: what is right for one would be wrong for the others. Orders of extras that are not wanted are left out, since a call
 * with any order costs more than one without.
 */
export function encodeCopies(abi: Abi, extras: Extras = ALL_EXTRAS): Uint8Array {
  const bytes = new Uint8Array(CALL_NUMBERS * copiesLayout.size)
  for (let number = 0; number < CALL_NUMBERS - 1; number++)
    encodeOrders(bytes.subarray(number * copiesLayout.size, (number + 1) * copiesLayout.size), abi, {
      number,
      extras,
    })
  return bytes
}

function encodeOrders(
  to: Uint8Array,
  abi: Abi,
  { number, extras }: { readonly number: number; readonly extras: Extras },
): void {
  const view = new DataView(to.buffer, to.byteOffset)
  let at: number = copiesLayout.copies
  for (const [id, copy] of definitionOf(abi, number).copies.entries()) {
    const extra = EXTRA[copy.how]
    if (extra !== undefined && !extras[extra]) continue
    to[at + copyLayout.argument] = copy.argument
    to[at + copyLayout.how] = HOW[copy.how]
    to[at + copyLayout.when] = WHEN[copy.when]
    to[at + copyLayout.count] = copy.count ?? 0
    view.setUint16(at + copyLayout.unit, copy.size ?? 0, true)
    to[at + copyLayout.is32bit] = abi === 'x86_64' || abi === 'arm64' ? 0 : 1
    to[at + copyLayout.id] = id
    at += copyLayout.size
  }
}
