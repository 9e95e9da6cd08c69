import { createCliFormat } from './cli.ts'
import type { Format, FormatOptions } from './format.ts'
import { createJsonFormat } from './json.ts'
import { createOtlpJsonFormat } from './otlp-json.ts'
import type { Output } from './outputs.ts'
import { createStraceFormat } from './strace.ts'
import { createSummaryFormat } from './summary.ts'

const FORMATS: Readonly<Record<Output, (options: FormatOptions) => Format>> = {
  cli: createCliFormat,
  json: createJsonFormat,
  'otlp-json': createOtlpJsonFormat,
  strace: createStraceFormat,
  summary: createSummaryFormat,
}

/** Creates the format of this name. */
export function createFormat(output: Output, options: FormatOptions): Format {
  return FORMATS[output](options)
}
