/** Commands of System V queues, semaphores and shared memory. */
import type { Kind } from '../kind.ts'
import { familyOf } from './constants.ts'

/** The flag by which 32-bit programs say that they know the 64-bit structs. */
const IPC_64 = 0x100

/** `ipc_command(shmctl)`: a constant of the family, perhaps with `IPC_64|` before it. */
function ipcCommand([family = '']: readonly string[]): Kind {
  return {
    print({ abi, uint }) {
      const text = familyOf(family, abi).print((uint & ~IPC_64) >>> 0)
      return uint & IPC_64 ? `IPC_64|${text}` : text
    },
  }
}

export const ipcKinds = { ipc_command: ipcCommand }
