/** The sources of this repository, for tests that look at all of them. */
import { globSync, readFileSync } from 'node:fs'
import type { Source } from './layers.ts'

const ROOMS =
  '{pipeline,ottl,otel-config,native,kernel,kubernetes,syscalls,trace,otlp,receiver,processors,connectors,exporters,extensions,client,controller,cli,scripts,seccomp,stats,web}'

/** Returns all sources that are shipped, or that build what is shipped. */
export function houseSources(): Source[] {
  return read(`${ROOMS}/**/*.{ts,tsx,mjs}`)
}

/** C and C++. */
export function nativeSources(): Source[] {
  return read('{bpf,native}/**/*.{c,h,cc}')
}

export function testSources(): Source[] {
  return read('test/**/*.{ts,mjs}')
}

function read(pattern: string): Source[] {
  return globSync(pattern)
    .filter(path => !/node_modules|\/build\//.test(path))
    .map(path => ({ path, text: readFileSync(path, 'utf8') }))
}
