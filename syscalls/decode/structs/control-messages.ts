/** Control messages: what a message carries besides its data. */
import { familyOf } from '../values/constants.ts'
import { CONTROL_DATA } from './control-data.ts'
import { Memory } from './memory.ts'
import { choiceText, names } from './named.ts'
import { address, hex } from './scalars.ts'

const TYPES: Readonly<Record<number, (type: bigint) => string>> = {
  0: choiceText(
    names('TOS=1 TTL RECVOPTS=6 RETOPTS PKTINFO RECVERR=11 PASSSEC=18 ORIGDSTADDR=20 CHECKSUM=23', 'IP_'),
    'IP_???',
  ),
  1: choiceText(
    names(`
      SCM_RIGHTS=1 SCM_CREDENTIALS SCM_SECURITY SO_TIMESTAMP_OLD=29 SO_TIMESTAMPNS_OLD=35 SO_TIMESTAMPING_OLD=37
      SO_RXQ_OVFL=40 SO_WIFI_STATUS SO_TXTIME=61 SO_TIMESTAMP_NEW=63 SO_TIMESTAMPNS_NEW SO_TIMESTAMPING_NEW
    `),
    'SCM_???',
  ),
}

/** `[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3]}]`. `start`: where in the caller it lies. */
export function controlText(memory: Memory, start: bigint): string {
  const word = memory.sizes.pointer
  const header = word + 8
  const texts: string[] = []
  for (let at = 0; at + header <= memory.length; ) {
    const length = Number(memory.integer(at, word, false))
    texts.push(messageText(memory, at, length))
    if (length < header) {
      if (at + header < memory.length) texts.push(`... /* ${address(start + BigInt(at + header))} */`)
      break
    }
    at += Math.ceil(length / word) * word
  }
  return `[${texts.join(', ')}]`
}

function messageText(memory: Memory, at: number, length: number): string {
  const word = memory.sizes.pointer
  const header = word + 8
  const level = Number(memory.integer(at + word, 4, false))
  const type = memory.integer(at + word + 4, 4, false)
  const levelText = familyOf('socket_level', memory.abi).print(level).replace('SOL_??', 'SOL_???')
  const fields = [`cmsg_len=${length}`, `cmsg_level=${levelText}`, `cmsg_type=${(TYPES[level] ?? hex)(type)}`]
  const data = memory.slice(at + header, Math.min(length, memory.length - at) - header)
  const text =
    length > header ? CONTROL_DATA[level]?.[Number(type)]?.(new Memory(memory.abi, data)) : undefined
  if (text !== undefined) fields.push(`cmsg_data=${text}`)
  return `{${fields.join(', ')}}`
}
