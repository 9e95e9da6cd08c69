/** The BPF object of these tests (bpf/probe.bpf.c), and calls for it to see. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BpfObject, possibleCpus } from '../../../native/bpf-object.ts'
import { nativeAbi, syscallNumber } from '../../../syscalls/tables/syscalls.ts'
import { lacksBpf, lacksCommand, requireAll } from '../../kit/skip.ts'

const FOLDER = fileURLToPath(new URL('bpf', import.meta.url))
const RECORD_WORDS = 4

/** Skips a test file whose machine cannot build and load the object. */
export function requireProbe(): void {
  requireAll(lacksBpf(), lacksCommand('clang'), lacksCommand('make'))
}

/** Places of the `facts` map. */
export const FACTS = { calls: 0, dropped: 1, tasks: 2, startAt: 3 } as const

export interface ProbeRecord {
  readonly number: number
  readonly cpu: number
}

/** Path of the built object. */
export function buildProbe(): string {
  execFileSync('flock', [FOLDER, 'make', '--silent', '-C', FOLDER], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return `${FOLDER}/build/probe.bpf.o`
}

/** A 32-bit variable's bytes. */
export function word(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer)
}

export class Probe implements Disposable {
  readonly object: BpfObject

  /** Open, not loaded. */
  constructor() {
    this.object = new BpfObject(buildProbe())
  }

  /** Loaded, and looking at this process once `number_calls` is attached. */
  static load(): Probe {
    const probe = new Probe()
    probe.object.setMaxEntries('rings', possibleCpus())
    probe.object.load()
    probe.object.setVariable('wanted_tgid', word(process.pid))
    probe.object.setVariable('wanted_nr', word(syscallNumber(nativeAbi(process.arch)!, 'getppid')!))
    return probe
  }

  /** The `facts` map, live. */
  facts(): BigUint64Array {
    return new BigUint64Array(this.object.mapMemory('facts'))
  }

  take(): ProbeRecord[] {
    return toRecords(this.object.takeRecords())
  }

  [Symbol.dispose](): void {
    this.object.close()
  }
}

function toRecords(words: Uint32Array): ProbeRecord[] {
  return Array.from({ length: words.length / RECORD_WORDS }, (_, i) => ({
    number: words[i * RECORD_WORDS]!,
    cpu: words[i * RECORD_WORDS + 2]!,
  }))
}

/** Makes so many getppid calls, without a break. */
export function callGetppid(calls: number): void {
  for (let i = 0; i < calls; i++) process.ppid // a system call each time
}

/** BPF things that this process holds open: maps, programs, links, statistics. */
export function openBpfFiles(): number {
  const links = readdirSync('/proc/self/fd').map(fd => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return '' // the folder itself
    }
  })
  return links.filter(link => /bpf/.test(link)).length
}
