/** Prometheus' text format, as far as an agent's own metrics and series need it. */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/g

/** The samples of the text; comments, and lines that are none, are left out. */
export function parseMetrics(text: string): Sample[] {
  return text.split('\n').flatMap(line => {
    const [, name, labels = '', value] = LINE.exec(line) ?? []
    return name === undefined ? [] : [{ name, labels: parseLabels(labels), value: toNumber(value!) }]
  })
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (const [, name, value] of text.matchAll(LABEL)) labels[name!] = unescapeLabel(value!)
  return labels
}

function unescapeLabel(text: string): string {
  return text.replace(/\\(.)/g, (_, each: string) => (each === 'n' ? '\n' : each))
}

function toNumber(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text)
}

/** The suffixes that names have where a reader of the agent says `without_units: false`, `without_type_suffix: false`. */
const SUFFIXES = /^(_seconds|_bytes)?(_total)?$/

/** Whether it is the name of this sample, in any form that an agent may give it. */
function isNamed(sample: Sample, name: string): boolean {
  return sample.name.startsWith(name) && SUFFIXES.test(sample.name.slice(name.length))
}

/** Sums of the samples of a name. Missing ones count 0. */
export class Metrics {
  readonly samples: readonly Sample[]
  constructor(samples: readonly Sample[]) {
    this.samples = samples
  }

  has(name: string): boolean {
    return this.samples.some(sample => isNamed(sample, name))
  }

  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const wanted = Object.entries(labels)
    return this.samples
      .filter(sample => isNamed(sample, name) && wanted.every(([key, value]) => sample.labels[key] === value))
      .reduce((sum, { value }) => sum + value, 0)
  }

  /** The sum for each value of a label, those above 0. */
  by(name: string | RegExp, label: string): Map<string, number> {
    const sums = new Map<string, number>()
    for (const sample of this.samples) {
      const isWanted = typeof name === 'string' ? isNamed(sample, name) : name.test(sample.name)
      if (!isWanted || !(sample.value > 0)) continue
      const key = sample.labels[label] ?? ''
      sums.set(key, (sums.get(key) ?? 0) + sample.value)
    }
    return sums
  }
}
