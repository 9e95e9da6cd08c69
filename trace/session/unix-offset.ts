/** Translates times of the kernel to the wall clock, which may be set, and is slewed, while tracing goes on. */
import type { Clock } from '../../pipeline/clock.ts'

interface OffsetSources {
  readonly clock: Pick<Clock, 'unixNano'>
  /** CLOCK_MONOTONIC, as the kernel reads it. */
  readonly monotonicNs: () => bigint
}

/** So far it may be wrong before it moves: it is the same for nearly all looks, so that spans of different looks nest. */
const TOLERANCE_NS = 20_000_000n
const TRIES = 5

export class UnixOffset {
  readonly #sources: OffsetSources
  #ns: bigint

  constructor(sources: OffsetSources) {
    this.#sources = sources
    this.#ns = this.#measure(TRIES)
  }

  /** Returns the offset from CLOCK_MONOTONIC to Unix time, ns, as of now. */
  now(): bigint {
    if (this.#isFarFrom(this.#measure(1))) {
      const measured = this.#measure(TRIES)
      if (this.#isFarFrom(measured)) this.#ns = measured
    }
    return this.#ns
  }

  #isFarFrom(ns: bigint): boolean {
    return ns - this.#ns > TOLERANCE_NS || this.#ns - ns > TOLERANCE_NS
  }

  /** The largest of some: what comes between the two reads makes one too small, by milliseconds on a busy machine. */
  #measure(tries: number): bigint {
    const { clock, monotonicNs } = this.#sources
    let most = clock.unixNano() - monotonicNs()
    for (let n = 1; n < tries; n++) {
      const each = clock.unixNano() - monotonicNs()
      if (each > most) most = each
    }
    return most
  }
}
