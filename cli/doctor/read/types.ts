/** What the kernel tells of its own types, which programs are made to fit when they are loaded. */
import { existsSync, readFileSync } from 'node:fs'
import { BTF } from '../../../kernel/requirements.ts'
import type { TypeFacts } from '../facts.ts'

/** Tracepoints that the programs attach to; the types have a typedef `btf_trace_NAME` for each that the kernel has. */
const TRACEPOINTS = [
  'sys_enter',
  'sys_exit',
  'sched_process_exec',
  'sched_process_exit',
  'sched_process_fork',
  'cgroup_mkdir',
  'cgroup_rmdir',
]

export function readTypes(path = BTF): TypeFacts {
  const types = read(path)
  return {
    path,
    isThere: types !== undefined,
    hasSysfs: existsSync('/sys/kernel'),
    missingTracepoints: types ? TRACEPOINTS.filter(name => !types.includes(`\0btf_trace_${name}\0`)) : [],
  }
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}
