/**
 * A reader of the text formats for tests: slow, strict, and made without a look at the encoder. Refuses what Prometheus
 * or OpenMetrics forbid: a family twice, a series twice, a sample away from its family, a bad escape or number.
 */

interface ParsedFamily {
  readonly type: string
  readonly help: string
  readonly unit: string
  /** `name{label="value",…}`, labels sorted → the value as it was written. */
  readonly samples: ReadonlyMap<string, string>
}

const SUFFIXES = ['', '_total', '_created', '_bucket', '_sum', '_count', '_info']
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"/

/** Families by name. `isOpenMetrics` asks for the closing `# EOF`. */
export function parseText(text: string, isOpenMetrics = false): Map<string, ParsedFamily> {
  const lines = text.split('\n')
  if (lines.pop() !== '') throw new Error('must end with a line feed')
  if (isOpenMetrics && lines.pop() !== '# EOF') throw new Error('must end with # EOF')
  const families = new Map<
    string,
    { type: string; help: string; unit: string; samples: Map<string, string> }
  >()
  const seen = new Set<string>()
  let current = ''
  for (const line of lines) {
    const meta = /^# (HELP|TYPE|UNIT) (\S+) ?(.*)$/.exec(line)
    if (meta) {
      const [, kind, name, value] = meta as unknown as [string, 'HELP' | 'TYPE' | 'UNIT', string, string]
      if (name !== current && families.has(name)) throw new Error(`family twice: ${name}`)
      const family = families.get(name) ?? {
        type: '',
        help: '',
        unit: '',
        samples: new Map<string, string>(),
      }
      const key = kind.toLowerCase() as 'help' | 'type' | 'unit'
      if (family[key] !== '') throw new Error(`${kind} twice: ${name}`)
      if (family.samples.size > 0) throw new Error(`${kind} after samples: ${name}`)
      family[key] = value
      families.set(name, family)
      current = name
      continue
    }
    const sample = parseSample(line)
    if (!SUFFIXES.some(suffix => sample.name === current + suffix))
      throw new Error(`away from its family: ${line}`)
    if (seen.has(sample.series)) throw new Error(`series twice: ${line}`)
    seen.add(sample.series)
    families.get(current)!.samples.set(sample.series, sample.value)
  }
  return families
}

/** All samples of all families. */
export function parseSamples(text: string, isOpenMetrics = false): Map<string, string> {
  return new Map([...parseText(text, isOpenMetrics).values()].flatMap(family => [...family.samples]))
}

function parseSample(line: string): { name: string; series: string; value: string } {
  const name = NAME.exec(line)?.[0] ?? ''
  let rest = line.slice(name.length)
  const labels: string[] = []
  if (rest.startsWith('{')) {
    rest = rest.slice(1)
    for (let match = LABEL.exec(rest); match; match = LABEL.exec(rest)) {
      labels.push(match[0])
      rest = rest.slice(match[0].length)
      if (!rest.startsWith(',')) break
      rest = rest.slice(1)
      if (rest.startsWith('}')) throw new Error(`comma before the brace: ${line}`)
    }
    if (!rest.startsWith('}')) throw new Error(`labels: ${line}`)
    rest = rest.slice(1)
  }
  const names = labels.map(label => label.split('=', 1)[0])
  if (new Set(names).size < names.length) throw new Error(`label twice: ${line}`)
  const value = /^ (\S+)(?: (\d+(?:\.\d+)?))?$/.exec(rest)
  if (!value || name === '') throw new Error(`sample: ${line}`)
  const number = value[1]!
  if (!/^(?:[+-]Inf|NaN)$/.test(number) && Number.isNaN(Number(number))) throw new Error(`number: ${line}`)
  const series = labels.length > 0 ? `${name}{${labels.sort().join()}}` : name
  return { name, series, value: value[2] ? `${number} @${value[2]}` : number }
}
