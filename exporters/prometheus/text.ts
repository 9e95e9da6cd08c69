/**
 * The text formats, Prometheus text 0.0.4 and OpenMetrics 1.0.0: bytes go straight from columns and label
 * dictionaries into one reused buffer.
 */

import { type Family, isOwn, type Series } from '../shared/prometheus/family.ts'
import { hasTotal } from '../shared/prometheus/names.ts'
import { ByteWriter, utf8 } from './byte-writer.ts'
import { CHUNK_BYTES, type Encode } from './encode.ts'
import { createRowWriter, type RowWriter, type TextOptions } from './text-rows.ts'

export const encodeText: Encode = (exposition, options) =>
  encode(exposition.families, { ...options, isOpenMetrics: false })

export const encodeOpenMetrics: Encode = (exposition, options) =>
  encode(exposition.families, { ...options, isOpenMetrics: true })

function* encode(families: readonly Family[], options: TextOptions): Generator<Uint8Array, void> {
  const out = new ByteWriter(CHUNK_BYTES)
  for (const family of families) {
    // Without bounds a histogram is left to the protobuf format, which has its native form.
    if (family.kind === 'histogram' && options.bounds.length === 0) continue
    putWhole(out, toHeader(family, options))
    for (const series of family.series) {
      const writer = createRowWriter(out, family, series, options)
      out.ensure(CHUNK_BYTES + writer.maxBytes)
      for (let row = 0; row < series.block.rows; ) {
        row = writeRows(out, writer, series, row)
        if (out.length >= CHUNK_BYTES) yield out.take()
      }
    }
  }
  // OpenMetrics 1.0, "EOF": an exposition MUST end with it.
  if (options.isOpenMetrics) putWhole(out, '# EOF\n')
  if (out.length > 0) yield out.take()
}

/** Writes rows until a chunk is full; gives the next row. */
function writeRows(out: ByteWriter, writer: RowWriter, series: Series, start: number): number {
  const { rows } = series.block
  let row = start
  for (; row < rows && out.length < CHUNK_BYTES; row++) if (isOwn(series, row)) writer.write(row)
  return row
}

function putWhole(out: ByteWriter, text: string): void {
  const bytes = utf8(text)
  out.ensure(out.length + bytes.length)
  out.put(bytes)
}

/** HELP, TYPE and, where there is one, UNIT. */
function toHeader(family: Family, options: TextOptions): string {
  const type = toType(family, options)
  if (!options.isOpenMetrics)
    return `# HELP ${family.name} ${escapeHelp(family.help)}\n# TYPE ${family.name} ${type}\n`
  const name = toOpenMetricsName(family)
  const help = `# HELP ${name} ${escapeHelp(family.help).replaceAll('"', '\\"')}\n`
  // OpenMetrics 1.0, "Unit": "If non-empty, it MUST be a suffix of the MetricFamily name separated by an underscore."
  const unit = family.unit !== '' && name.endsWith(`_${family.unit}`) ? `# UNIT ${name} ${family.unit}\n` : ''
  return `# TYPE ${name} ${type}\n${unit}${help}`
}

/** OpenMetrics names a counter's family without `_total`, an info's without `_info`. */
function toOpenMetricsName({ name, kind }: Family): string {
  if (kind === 'counter') return name.replace(/_total$/, '')
  return kind === 'info' ? name.replace(/_info$/, '') : name
}

/**
 * A counter must be called `…_total` in OpenMetrics, and `promtool check metrics` wants that of the text format too. The
 * names of the original swoll are kept, so their type is given as not known, which nothing but a lint looks at.
 */
function toType(family: Family, { isOpenMetrics }: TextOptions): string {
  if (family.kind === 'counter' && !hasTotal(family)) return isOpenMetrics ? 'unknown' : 'untyped'
  if (family.kind === 'info') return isOpenMetrics ? 'info' : 'gauge'
  return family.kind
}

const escapeHelp = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
