import { isatty } from 'node:tty'
import { createCliFormat } from '../../trace/formats/cli.ts'
import type { Format, FormatOptions } from '../../trace/formats/format.ts'
import { createJsonFormat } from '../../trace/formats/json.ts'
import { createOtlpJsonFormat } from '../../trace/formats/otlp-json.ts'
import { createStraceFormat } from '../../trace/formats/strace.ts'
import { createSummaryFormat } from '../../trace/formats/summary.ts'
import type { Output } from './options.ts'

const FORMATS: Readonly<Record<Output, (options: FormatOptions) => Format>> = {
  cli: createCliFormat,
  json: createJsonFormat,
  'otlp-json': createOtlpJsonFormat,
  strace: createStraceFormat,
  summary: createSummaryFormat,
}

/** The format that `-o` names. */
export function createFormat(output: Output, options: FormatOptions): Format {
  return FORMATS[output](options)
}

/** Whether a terminal is at the other end, and nobody forbade colours (https://no-color.org). */
export function hasColours(fd: 1 | 2, file: string | undefined, env: NodeJS.ProcessEnv): boolean {
  return file === undefined && isatty(fd) && !env.NO_COLOR
}
