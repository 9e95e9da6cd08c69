/** The structs to which `fcntl` points. */
import type { Kind } from '../kind.ts'
import { choice, names } from './named.ts'
import { addressOf, beforeAndAfter, one } from './pointers.ts'
import { i16, i32, i64, long } from './scalars.ts'
import { struct } from './struct.ts'
import type { Scalar, Type } from './type.ts'

const [GETLK, SETLK, SETLKW, SETOWN_EX, GETOWN_EX] = [5, 6, 7, 15, 16]
const [GETLK64, SETLK64, SETLKW64] = [12, 13, 14]
const [OFD_GETLK, OFD_SETLK, OFD_SETLKW] = [36, 37, 38]
/** The longest of the structs. */
const SIZE = 32

const type = choice(i16, names('F_RDLCK F_WRLCK F_UNLCK'), 'F_???')
const whence = choice(i16, names('SEEK_SET SEEK_CUR SEEK_END SEEK_DATA SEEK_HOLE'), 'SEEK_???')
const owner = struct({
  type: choice(i32, names('F_OWNER_TID F_OWNER_PID F_OWNER_PGRP'), 'F_OWNER_???'),
  pid: i32,
})

function lock(offset: Scalar, pid: string): Type {
  return struct({ l_type: type, l_whence: whence, l_start: offset, l_len: offset, [pid]: i32 })
}
const lockOf = (offset: Scalar) => ({ given: lock(offset, '_pid'), found: lock(offset, 'l_pid') })
const short = lockOf(long)
const wide = lockOf(i64)

interface Command {
  readonly type: Type
  readonly order: 0 | 1
}
const AT_ENTRY = 0
const AT_SUCCESS = 1
/** Commands of `fcntl` with a struct. */
const COMMANDS: ReadonlyMap<number, Command> = new Map([
  [GETLK, { type: short.found, order: AT_SUCCESS }],
  [SETLK, { type: short.given, order: AT_ENTRY }],
  [SETLKW, { type: short.given, order: AT_ENTRY }],
  [GETLK64, { type: wide.found, order: AT_SUCCESS }],
  [SETLK64, { type: wide.given, order: AT_ENTRY }],
  [SETLKW64, { type: wide.given, order: AT_ENTRY }],
  [OFD_GETLK, { type: wide.found, order: AT_SUCCESS }],
  [OFD_SETLK, { type: wide.given, order: AT_ENTRY }],
  [OFD_SETLKW, { type: wide.given, order: AT_ENTRY }],
  [SETOWN_EX, { type: owner, order: AT_ENTRY }],
  [GETOWN_EX, { type: owner, order: AT_SUCCESS }],
])

/** The argument of `fcntl`: the struct of the command in argument 1; an address for other commands. */
export const fcntlArgument: Kind = {
  copies: () => beforeAndAfter(SIZE),
  print(argument) {
    const command = COMMANDS.get(argument.other(1).uint)
    return (command && one(command.type, argument, command.order)) ?? addressOf(argument)
  },
}
