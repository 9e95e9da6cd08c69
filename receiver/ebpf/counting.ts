/** Counting as a service of the process: it goes on while the receivers that send what it has counted are replaced. */
import { load } from '../../kernel/requirements.ts'
import { enableStats } from '../../native/bpf-object.ts'
import { type Cancel, type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Service } from '../../pipeline/services.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import { Collector } from './collector.ts'
import type { EbpfConfig } from './config.ts'
import { repeatWindow } from './repeat-window.ts'

/** The rings' queue is emptied this often; what it holds meanwhile is bounded by queue_size. */
const DRAIN_MS = 100
/** The kernel times the programs for a second of every minute: the statistics cost two clock reads a run. */
const STATISTICS_INTERVAL_MS = 60_000
const STATISTICS_WINDOW_MS = 1000

/** The programs, their maps and the walk of the cgroups are made from these: other values need other programs, which count from zero. */
const KERNEL_SETTINGS = [
  'latency',
  'table_sets',
  'ring_size',
  'inflight_slots',
  'queue_size',
  'from',
  'exclude',
  'root_path',
  'proc_path',
  'cgroup_path',
] as const satisfies readonly (keyof EbpfConfig)[]

/** The same text for configurations that the same programs serve. */
export function toCountingKey(id: string, config: EbpfConfig): string {
  return `receivers::${id}: ${JSON.stringify(KERNEL_SETTINGS.map(key => config[key] ?? null))}`
}

/** Keys whose values differ, and so need other programs. */
export function changedSettings(before: EbpfConfig, now: EbpfConfig): readonly string[] {
  return KERNEL_SETTINGS.filter(key => JSON.stringify(before[key]) !== JSON.stringify(now[key]))
}

/** The machine, as far as counting needs it. */
export interface CountingMachine {
  readonly clock: Clock
  /** A running collector. Throws HOST_UNSUPPORTED, or a refusal by the kernel with its likely meaning. */
  open(config: EbpfConfig, clock: Clock): Collector
  /** Has the kernel time all BPF programs until the returned function is called. */
  enableStats(): () => void
}

export const thisCountingMachine: CountingMachine = {
  clock: systemClock,
  open: (config, clock) => load(() => new Collector(config, clock)),
  enableStats,
}

export class Counting implements Service {
  readonly config: EbpfConfig
  readonly collector: Collector
  readonly #machine: CountingMachine
  readonly #log: Logger
  readonly #cancels: Cancel[] = []
  #fail: (error: Error) => void = () => {}
  #statistics: 'untried' | 'timed' | 'refused' = 'untried'

  /** Counts from now on. Throws what the machine's `open` throws. */
  constructor(config: EbpfConfig, machine: CountingMachine, log: Logger) {
    this.config = config
    this.#machine = machine
    this.#log = log
    this.collector = machine.open(config, machine.clock)
    const { clock } = machine
    this.#cancels.push(clock.every(DRAIN_MS, () => this.guard(collector => collector.drain())))
    this.#cancels.push(clock.after(STATISTICS_INTERVAL_MS, () => this.#timePrograms()))
  }

  /** Whether the kernel tells what the programs cost. */
  get hasStatistics(): boolean {
    return this.#statistics === 'timed'
  }

  /** From now on this function is told what fails. */
  set onFailure(fail: (error: Error) => void) {
    this.#fail = fail
  }

  /** Runs `look`. An error is logged and told to `onFailure`: a timer that fails must not end the process, and must be seen. */
  readonly guard = (look: (collector: Collector) => void): void => {
    try {
      look(this.collector)
    } catch (error) {
      this.#log.error({ error: String(error) }, 'working with the kernel failed')
      this.#fail(error as Error)
    }
  }

  /** Detaches and frees everything. */
  async close(): Promise<void> {
    for (const cancel of this.#cancels.splice(0)) cancel()
    this.collector.close()
  }

  /**
   * That takes CAP_SYS_ADMIN, which nothing else does and which is given up after the start by default: so it is tried later, and
   * not again once it is refused.
   */
  #timePrograms(): void {
    const { enableStats, clock } = this.#machine
    const open = (): (() => void) => {
      if (this.#statistics === 'refused') return () => {}
      try {
        const close = enableStats()
        this.#statistics = 'timed'
        return close
      } catch (error) {
        this.#statistics = 'refused'
        this.#log.debug({ error: String(error) }, 'what the BPF programs cost is not measured')
        return () => {}
      }
    }
    const { guard } = this
    const window = { clock, everyMs: STATISTICS_INTERVAL_MS, forMs: STATISTICS_WINDOW_MS, guard }
    this.#cancels.push(repeatWindow(window, open))
  }
}
