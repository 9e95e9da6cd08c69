import { isatty } from 'node:tty'
import type { Format, FormatOptions } from './format.ts'
import { createCliFormat } from './format-cli.ts'
import { createJsonFormat } from './format-json.ts'
import { createOtlpJsonFormat } from './format-otlp-json.ts'
import { createStraceFormat } from './format-strace.ts'
import { createSummaryFormat } from './format-summary.ts'
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
