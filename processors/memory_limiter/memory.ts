/** The memory of this process: measured, and garbage in it collected. */
import { memoryUsage } from 'node:process'
import { readText } from '../../pipeline/cgroups/files.ts'

export interface Memory {
  /** Bytes that are used. */
  measure(): number
  /** Resolves when garbage has been collected. */
  collectGarbage(): Promise<void>
}

/**
 * Resident memory less the pages of files: what the kernel cannot take back, wherever it was allocated, since a heap is the smaller part of
 * Node's memory. RssAnon and RssShmem of /proc/self/status (proc(5), Linux 4.5).
 */
export function readResident(status: string | undefined): number {
  const sizes = [...(status ?? '').matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)]
  return sizes.length > 0 ? sizes.reduce((sum, [, kib]) => sum + Number(kib) * 1024, 0) : memoryUsage.rss()
}

export const ownMemory: Memory = {
  measure: () => readResident(readText('/proc/self/status')),
  async collectGarbage() {
    const { Session } = await import('node:inspector/promises')
    const session = new Session()
    session.connect()
    try {
      await session.post('HeapProfiler.collectGarbage')
    } finally {
      session.disconnect()
    }
  },
}
