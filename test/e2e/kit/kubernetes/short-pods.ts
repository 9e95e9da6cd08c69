/**
 * Pods that live a moment, more per second than a kubelet of the tests starts: their containers are runc's, in a kubelet's cgroups,
 * and this process plays the kubelet before a real API server: it looks once a second, as a kubelet does, at what has become of
 * its containers, says so in their status, and deletes pods that have ended.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { seeded } from '../../../kit/random.ts'
import { runContainer } from '../runc.ts'
import type { Api } from './api.ts'
import { CALLER } from './image.ts'
import { createPod } from './pods.ts'

interface ShortPodsOptions {
  readonly api: Api
  readonly node: string
  /** Takes the program that the pods run. */
  readonly folder: string
  readonly pods: number
  readonly perSecond: number
  /** Each lives between these; the same for the same seed. */
  readonly lifeMs: readonly [least: number, most: number]
}

/** The life of a pod. Times are those of `performance.now()`. */
export interface ShortPod {
  readonly name: string
  readonly calls: number
  readonly lifeMs: number
  /** When its container said that it runs, before its first call. */
  startedMs: number
  /** When the API server was told the container's id. */
  toldMs: number
}

/** Time between a kubelet's two looks. */
const RELIST_MS = 1000

/** Resolves when the last one is gone from the API server. Rejects when a container could not run. */
export async function runShortPods(options: ShortPodsOptions): Promise<ShortPod[]> {
  const kubelet = new ShortPodKubelet(options)
  const random = seeded(1)
  const [least, most] = options.lifeMs
  const runs: Promise<void>[] = []
  const pods = Array.from({ length: options.pods }, (_, i) => ({
    name: `short-${i}`,
    calls: 1000 + i, // each another number, so that none can stand for another
    lifeMs: Math.round(least + random() * (most - least)),
    startedMs: Number.NaN,
    toldMs: Number.NaN,
  }))
  const beginMs = performance.now()
  for (const [i, pod] of pods.entries()) {
    await delay(Math.max(0, beginMs + (i * 1000) / options.perSecond - performance.now()))
    runs.push(kubelet.run(pod))
  }
  await Promise.all(runs)
  await kubelet.stop()
  return pods
}

class ShortPodKubelet {
  readonly #options: ShortPodsOptions
  readonly #program: string
  /** Changes that the API server has not been told yet. */
  readonly #news = new Map<ShortPod, { readonly id: string; isOver: boolean }>()
  readonly #relisting: Promise<void>
  #isStopped = false

  constructor(options: ShortPodsOptions) {
    this.#options = options
    this.#program = join(options.folder, 'caller')
    const source = join(import.meta.dirname, 'images/caller.c')
    execFileSync('cc', ['-static', '-O2', '-Wall', '-Wextra', '-Werror', '-o', this.#program, source])
    this.#relisting = this.#relistAgainAndAgain()
    this.#relisting.catch(() => {}) // stop() rejects
  }

  /** Resolves when its container has ended. */
  async run(pod: ShortPod): Promise<void> {
    const { api, node } = this.#options
    const { name, calls, lifeMs } = pod
    const { metadata } = await createPod(api, { name, spec: { nodeName: node } })
    const containerId = createHash('sha256').update(metadata.uid).digest('hex')
    const { exitCode } = await runContainer({
      program: this.#program,
      args: [`${calls}`, `${lifeMs}`],
      podUid: metadata.uid,
      containerId,
      onOutput: () => {
        pod.startedMs = performance.now()
        this.#news.set(pod, { id: containerId, isOver: false })
      },
    })
    if (exitCode !== 0) throw new Error(`the container of ${name} ended with ${exitCode}`)
    this.#news.set(pod, { id: containerId, isOver: true })
  }

  /** Resolves when the API server knows everything; rejects when it could not be told. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#relisting
    await this.#relist()
  }

  async #relistAgainAndAgain(): Promise<void> {
    for (; !this.#isStopped; await delay(RELIST_MS)) await this.#relist()
  }

  async #relist(): Promise<void> {
    const news = [...this.#news]
    this.#news.clear()
    await Promise.all(news.map(([pod, { id, isOver }]) => this.#tell(pod, id, isOver)))
  }

  async #tell(pod: ShortPod, id: string, isOver: boolean): Promise<void> {
    const path = `/api/v1/namespaces/default/pods/${pod.name}`
    const containerID = `runc://${id}`
    const state = isOver ? { terminated: { exitCode: 0, containerID } } : { running: {} }
    const common = { name: 'main', image: CALLER, imageID: '', ready: !isOver, restartCount: 0 }
    if (Number.isNaN(pod.toldMs)) pod.toldMs = performance.now()
    await this.#options.api.patch(`${path}/status`, {
      status: {
        phase: isOver ? 'Succeeded' : 'Running',
        containerStatuses: [{ ...common, containerID, state }],
      },
    })
    if (isOver) await this.#options.api.delete(`${path}?gracePeriodSeconds=0`)
  }
}
