import { createCliFormat } from './cli.ts'
import type { Format, FormatOptions, LineFormat } from './format.ts'
import { createJsonFormat } from './json.ts'
import { createOtlpJsonFormat } from './otlp-json.ts'
import type { Output } from './outputs.ts'
import { createStraceFormat } from './strace.ts'
import { createSummaryFormat } from './summary.ts'

type LineOutput = Exclude<Output, 'json'>

const LINE_FORMATS: Readonly<Record<LineOutput, (options: FormatOptions) => LineFormat>> = {
  cli: createCliFormat,
  'otlp-json': createOtlpJsonFormat,
  strace: createStraceFormat,
  summary: createSummaryFormat,
}

/** Creates the format of this name. */
export function createFormat(output: Output, options: FormatOptions): Format {
  return output === 'json' ? createJsonFormat(options) : LINE_FORMATS[output](options)
}

/** The format of this name, which prints messages of agents as well. */
export function createLineFormat(output: LineOutput, options: FormatOptions): LineFormat {
  return LINE_FORMATS[output](options)
}
