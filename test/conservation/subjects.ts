/** Who adds up, each behind the same few methods, with what it promises said the slow and obvious way. */
import * as assert from 'uvu/assert'
import { Store } from '../../exporters/prometheus/store.ts'
import { History } from '../../exporters/prometheus_remote_write/history.ts'
import { toExposition } from '../../exporters/shared/prometheus/exposition.ts'
import type { Series } from '../../exporters/shared/prometheus/family.ts'
import { Departures } from '../../pipeline/data/departures.ts'
import { DROPPED, type MergePart } from '../../pipeline/data/merge-part.ts'
import type { MetricTable } from '../../pipeline/data/metrics.ts'
import { Reaggregator } from '../../pipeline/data/reaggregator.ts'
import { arrange, RunningSums, toRows } from '../../pipeline/data/running-sums.ts'
import { filterRows, withMeasurements } from '../../pipeline/data/select-rows.ts'
import { OVERFLOW_KEY } from '../../pipeline/data/series-index.ts'
import { Streams } from '../../pipeline/data/stream-key.ts'
import { config as limits } from '../../processors/cardinality_limit/config.ts'
import { OVERFLOW_RESOURCE } from '../../processors/cardinality_limit/overflow.ts'
import { CardinalityLimit } from '../../processors/cardinality_limit/processor.ts'
import type { Decision, Send } from '../../processors/k8s_attributes/resolver.ts'
import { Rewriter } from '../../processors/k8s_attributes/rewriter.ts'
import { config as syscalls } from '../../processors/syscall/config.ts'
import { createSyscallProcessor } from '../../processors/syscall/processor.ts'
import { classify } from '../../syscalls/classes.ts'
import { labelOptions } from '../exporters/prometheus/kit.ts'
import { fakeClock } from '../kit/clock.ts'
import { sink } from '../kit/consumers.ts'
import { createContext, never, recordingMeter } from '../kit/context.ts'
import { type Point, toPoints } from '../kit/metrics.ts'
import { pick } from '../pipeline/data/random-rows.ts'
import type { LedgerRules } from './ledger.ts'
import { ALWAYS, type Life, podOf, type SourceOptions, STEP_MS, type Step } from './random-source.ts'

/** Where a row counts: in a total, nowhere (null), or not yet (undefined). */
type Place = string | null | undefined

export interface Subject extends LedgerRules {
  /** The source that the subject is shown. */
  readonly shows: Omit<SourceOptions, 'random'>
  send(step: Step): Promise<Point[]>
  /** Absent: only its own rules say. Asked once for each row, after `send`. */
  placeOf?(life: Life): Place
  /** The place of what was sent; there if `placeOf` is. */
  totalOf?(point: Point): string
  /** Whether the total of a place has to be sent though no row of a batch counts there. */
  mustShow?(place: string): boolean
  /** Series that are not sent any more are over, without a mark. */
  readonly forgets?: boolean
  /** Rules of its own. */
  check?(points: readonly Point[], step: Step, where: string): Promise<void> | void
  /** Whether it had something to do. */
  finish?(): Promise<void>
}

const ALL: Subject['shows'] = { hides: undefined, restarts: false, overflows: false }
const isNever = () => false

/** The engine itself: each row, whoever's it is, goes to one of a few totals, and every now and then to another. */
export function engine(random: () => number): Subject {
  const places = new Map<Life, number>()
  /** When a life came from another total: it begins to count there then. */
  const since = new Map<Life, bigint>()
  const streams = new Streams(({ metrics }) => ({
    sums: new RunningSums(metrics),
    last: new Map<Life, { part: MergePart; start: bigint; time: bigint; slot: number }>(),
  }))
  const only = (table: MetricTable, row: number) =>
    filterRows(
      table,
      Uint8Array.from({ length: table.rows }, (_, r) => Number(r === row)),
    )
  const to = (from: MergePart['from'], slot: number, isSubtracted = false): MergePart => ({
    from,
    target: Uint32Array.of(slot),
    isSubtracted,
  })

  function write(given: MetricTable, lives: readonly Life[]): MetricTable {
    const { sums, last } = streams.of(given)
    const kept: MergePart[] = []
    const slots = Uint32Array.from(lives, life => {
      const before = last.get(life)
      if (!places.has(life) || random() < 0.05) places.set(life, Math.floor(random() * 5))
      const slot = places.get(life)!
      const isRestarted = before?.start !== life.start
      if (isRestarted) since.delete(life)
      if (!before) return slot
      if (isRestarted || slot !== before.slot) kept.push(to(before.part.from, before.slot))
      if (!isRestarted && slot !== before.slot) {
        kept.push(to(before.part.from, slot, true))
        since.set(life, before.time)
      }
      return slot
    })
    const startTimeUnixNano = given.startTimeUnixNano.map((start, row) => {
      const time = since.get(lives[row]!) ?? 0n
      return time > start ? time : start
    })
    const table = { ...given, startTimeUnixNano }
    const isAbsent = (life: Life) => !lives.includes(life)
    const absent = [...last].filter(([life]) => isAbsent(life)).map(([, { part }]) => part)
    sums.keep(kept)
    const past = sums.past ? [sums.past.target] : []
    const layout = arrange([slots, ...absent.map(({ target }) => target), ...past])
    const parts = [{ from: table, target: slots }, ...absent]
    const totals = sums.write(
      parts.map(part => ({ ...part, target: toRows(part.target, layout) })),
      layout,
    )
    const isOver = Uint8Array.from(layout.slots, slot => {
      const counts = [...last].some(([life, { slot: at }]) => at === slot && isAbsent(life))
      return Number(!counts && lives.every((life, r) => slots[r] !== slot || life.ended))
    })
    const goesOn = new Uint8Array(5)
    layout.slots.forEach((slot, row) => {
      goesOn[slot] = 1 - isOver[row]!
    })
    sums.settle({ from: table, target: slots }, goesOn)
    lives.forEach((life, row) => {
      if (life.ended) last.delete(life)
      else {
        const slot = slots[row]!
        const time = table.timeUnixNano
        last.set(life, { part: to(only(table, row), slot), start: life.start, time, slot })
      }
    })
    const { ended: _, ...rest } = withMeasurements(table, new Uint32Array(layout.slots.length), totals)
    const attributes = [{ key: 'slot', values: [0, 1, 2, 3, 4], codes: layout.slots }]
    return { ...rest, attributes, resource: new Uint32Array(rest.rows), ended: isOver }
  }

  return {
    shows: { hides: { what: 'rows', steps: 6 }, restarts: true, overflows: false },
    mayRestart: isNever,
    async send({ batch, seen }) {
      const tables = batch.tables.map(table =>
        write(
          table,
          seen.filter(life => life.scope === table.scope.name),
        ),
      )
      return toPoints({ resources: [{ id: 'all', attributes: {} }], tables })
    },
    placeOf: life => `${life.scope} ${places.get(life)}`,
    totalOf: ({ metric, attributes }) => `${metric} ${attributes.slot}`,
    mustShow: () => true,
  }
}

/** Rows that are chosen at times, as by a condition about values, and then added up by resource. */
export function departures(random: () => number): Subject {
  const chosen = new Map<Life, boolean>()
  const sent = new Set<Life>()
  const chooser = new Departures()
  const epochs: (number | undefined)[] = []
  const adder = new Reaggregator()
  const choose = (life: Life) => {
    const before = chosen.get(life)
    const now =
      life.resource === ALWAYS || (before === undefined ? random() < 0.7 : before !== random() < 0.15)
    chosen.set(life, now)
    if (now || before) sent.add(life)
    return Number(now)
  }
  return {
    shows: ALL,
    mayRestart: isNever,
    rounding: 2 ** -50,
    async send({ batch, seen }) {
      sent.clear()
      if (batch.tables[0]!.epoch !== epochs.at(-1)) chosen.clear()
      epochs.push(batch.tables[0]!.epoch)
      const { resources } = batch
      const tables = batch.tables.map(table => {
        const own = seen.filter(life => life.scope === table.scope.name)
        const rows = chooser.select(table, resources, Uint8Array.from(own, choose))
        return adder.process({ ...rows, attributes: [] }, resources)
      })
      return toPoints({ resources, tables })
    },
    placeOf: life => (sent.has(life) ? `${life.scope} ${life.resource}` : undefined),
    totalOf: ({ metric, resource }) => `${metric} ${resource}`,
    mustShow: () => true,
  }
}

/** `syscall`, told to drop everything but the class. */
export function syscall(): Subject {
  const next = sink()
  const options = syscalls.parse({ attributes: ['class'] })
  const processor = createSyscallProcessor(createContext(options), next)
  return {
    shows: ALL,
    mayRestart: isNever,
    async send({ batch }) {
      await processor.consume(batch, never)
      return toPoints(next.batches.pop()!)
    },
    placeOf({ scope, resource, attributes }) {
      return `${scope} ${resource} ${classify(String(attributes['syscall.name'])).class}`
    },
    totalOf: ({ metric, resource, attributes }) => `${metric} ${resource} ${attributes['syscall.class']}`,
    mustShow: () => true,
  }
}

const STALE_STEPS = 8

/** `cardinality_limit`: what is kept and what is folded is its own choice, within the limits. */
export function cardinalityLimit(limit: number, perResource: number, hidingSteps: number): Subject {
  const next = sink()
  const clock = fakeClock()
  const { meter, read } = recordingMeter()
  const max_stale = `${(STALE_STEPS * STEP_MS) / 1000}s`
  const options = limits.parse({ limit, limit_per_resource: perResource, max_stale })
  const processor = new CardinalityLimit(createContext(options, { meter }), next, clock)
  const isOverflow = ({ attributes }: Point) => attributes[OVERFLOW_KEY] === true
  const metric = async (name: string) => {
    const found = Object.entries(await read()).filter(([key]) =>
      key.includes(`processor_cardinality_limit_${name}`),
    )
    return found.reduce((sum, [, value]) => sum + value, 0)
  }
  let named = new Set<string>()
  let epoch: number | undefined
  let steps = 0

  /** Who was sent under its own name is sent so again, as long as it is there and has neither ended nor stood still. */
  function checkFaith(points: readonly Point[], { seen, batch }: Step, where: string): void {
    if (batch.tables[0]!.epoch !== epoch) named.clear()
    epoch = batch.tables[0]!.epoch
    const now = new Set(points.map(nameOf))
    for (const { scope, resource, attributes } of seen) {
      const name = nameOf({ metric: scope, resource, attributes })
      assert.ok(now.has(name) || !named.has(name), `${where}: lost ${name}`)
    }
    named = new Set(points.filter(point => !point.ended && !isOverflow(point)).map(nameOf))
  }

  return {
    shows: {
      hides: hidingSteps > 0 ? { what: 'rows', steps: hidingSteps } : undefined,
      restarts: true,
      overflows: true,
    },
    mayRestart: point => !isOverflow(point),
    async send({ batch }) {
      await clock.advance(STEP_MS)
      await processor.consume(batch, never)
      return toPoints(next.batches.pop()!)
    },
    async check(points, step, where) {
      for (const metric of ['calls', 'packets']) {
        const own = points.filter(point => point.metric === metric)
        const ofAll = own.filter(point => point.resource === OVERFLOW_RESOURCE.id)
        assert.ok(own.length - ofAll.length <= limit, `${where}: over the limit`)
        const kept = own.filter(point => !isOverflow(point))
        for (const [resource, { length }] of Map.groupBy(kept, point => point.resource))
          assert.ok(length <= perResource, `${where}: ${resource} has ${length}`)
      }
      checkFaith(points, step, where)
      if (++steps % 20 === 0)
        assert.ok((await metric('series')) <= step.alive, `${where}: state for what is gone`)
    },
    async finish() {
      assert.ok((await metric('expired_series')) > 0, 'series stood still')
      assert.ok((await metric('overflowed_points')) > 100, 'series were folded')
    },
  }
}

const nameOf = ({ metric, resource, attributes }: Pick<Point, 'metric' | 'resource' | 'attributes'>) =>
  JSON.stringify([metric, resource, Object.entries(attributes).sort()])

const RETENTION_MS = 4 * STEP_MS

/** `k8s_attributes`, with decisions that change at random: held, dropped, shared, renamed. */
export function k8sAttributes(random: () => number): Subject {
  const rewriter = new Rewriter(RETENTION_MS)
  const wanted = new Map<string, string>()
  const places = new Map<string, Place>()
  const dying = new Set<string>()
  let nowMs = 0
  return {
    shows: { ...ALL, hides: { what: 'resources', steps: 6 } },
    mayRestart: isNever,
    async send({ batch, seen }) {
      nowMs += STEP_MS
      for (const id of dying) {
        wanted.delete(id)
        places.delete(id)
      }
      dying.clear()
      const decisions = batch.resources.map(({ id }) => {
        const isNew = !wanted.has(id)
        if (isNew || random() < 0.2) wanted.set(id, id === ALWAYS ? 'own:x' : pick(random, WANTED))
        const rows = seen.filter(({ resource }) => resource === id)
        const [some, all] = [rows.some(({ ended }) => ended), rows.every(({ ended }) => ended)]
        if (all) dying.add(id)
        places.set(id, nextPlace(id, wanted.get(id)!, places.get(id), some, all))
        return toDecision(id, wanted.get(id)!)
      })
      return toPoints(rewriter.rewrite(batch, decisions, nowMs).out)
    },
    placeOf({ scope, resource, attributes }) {
      const place = places.get(resource)
      return place && `${scope} ${place} ${JSON.stringify(attributes)}`
    },
    totalOf({ metric, resourceAttributes, attributes }) {
      return `${metric} ${resourceAttributes.place} ${JSON.stringify(attributes)}`
    },
    mustShow: place => place.includes(' shared:'),
  }
}

const WANTED = ['hold', 'drop', 'shared:a', 'shared:a', 'shared:b', 'own:x', 'own:y']

function nextPlace(id: string, wanted: string, place: Place, some: boolean, all: boolean): Place {
  if (place !== undefined && (wanted === 'hold' || all)) return place
  if (wanted === 'hold') return some ? 'shared:otherwise' : undefined
  if (wanted === 'drop') return null
  return wanted.startsWith('own') ? `${wanted}:${id}` : wanted
}

function toDecision(id: string, wanted: string): Decision {
  const send = (place: string): Send => {
    const isShared = place.startsWith('shared')
    const resource = { id: isShared ? place : id, attributes: { place: isShared ? place : `${place}:${id}` } }
    return { kind: 'send', resource, isNamed: true, isShared }
  }
  if (wanted === 'drop') return { kind: 'drop' }
  return wanted === 'hold' ? { kind: 'hold', otherwise: send('shared:otherwise') } : send(wanted)
}

/** The store of `prometheus`, scraped at random; pods share their labels. */
export function prometheus(random: () => number): Subject {
  const labels = labelOptions('otel', { resourceLabels: { pod: 'pod' } })
  const options = { labels, expirationMs: 1e9, maxEndedRows: 6, clock: fakeClock(), onRemoved() {} }
  const store = new Store(options)
  const nameOf = (scope: string, pod: unknown, name: unknown, error: unknown) =>
    `${scope} ${pod} ${name} ${error ?? ''}`
  return {
    shows: ALL,
    mayRestart: isNever,
    forgets: true,
    // Ended sums are rounded once before they join those that go on.
    rounding: 2 ** -50,
    async send({ batch }) {
      if (random() < 0.5) store.view.delivered()
      store.accept(batch)
      return toExposition(store.view.blocks, labels).families.flatMap(family =>
        family.series.flatMap(exposed),
      )
    },
    placeOf({ scope, resource, attributes }) {
      return nameOf(scope, podOf(resource), attributes['syscall.name'], attributes['error.type'])
    },
    totalOf({ metric, attributes }) {
      return nameOf(metric, attributes.pod, attributes.syscall_name, attributes.error_type)
    },
  }
}

/** The same series by remote write, which has each batch once, with what ended in it. */
export function remoteWrite(): Subject {
  const labels = labelOptions('otel', { resourceLabels: { pod: 'pod' } })
  const history = new History(labels, fakeClock())
  const { placeOf, totalOf, ...rest } = prometheus(() => 1)
  return {
    ...rest,
    placeOf: placeOf!,
    totalOf: totalOf!,
    async send({ batch }) {
      return history.accept(batch).families.flatMap(family => family.series.flatMap(exposed))
    },
  }
}

/** The points of one column, each with its labels for attributes. */
function exposed({ block, column, merged }: Series): Point[] {
  if (column.name === 'target_info') return []
  const { measurements, timeUnixNano } = block
  const rows = Uint32Array.from({ length: block.rows }, (_, row) => row)
  const resources = Array.from(rows, row => ({
    id: '',
    attributes: Object.fromEntries(block.rowLabels(row)),
  }))
  const { ended: _, ...own } = { ...measurements, metrics: [column] }
  const scope = { name: '', version: '' }
  const table = { ...own, scope, resource: rows, attributes: [], timeUnixNano }
  const isShown = rows.map(row => Number(merged === undefined || merged[row] === DROPPED))
  const shown = filterRows(table, Uint8Array.from(isShown))
  return toPoints({ resources, tables: [shown] }).map(point => ({
    ...point,
    attributes: point.resourceAttributes,
  }))
}
