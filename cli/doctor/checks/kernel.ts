import { defineCheck } from '../check.ts'
import type { Attempt, Facts } from '../facts.ts'

const OLDEST = [5, 15] as const
const REMEDY = 'Boot a later one: Debian 12, Ubuntu 22.04, RHEL 9 and later have it.'

/** Whether it is 5.15 or later; distributions take new things into old versions, so what loads is not too old. */
function isOld(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map(Number.parseFloat)
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
}

const loads = (attempt: Attempt | undefined) => attempt !== undefined && attempt.error === undefined

export const kernel = defineCheck({
  name: 'kernel',
  asks: 'Whether it is Linux, of a processor that swoll knows, and not too old',
  entries: {
    not_linux: {
      severity: 'problem',
      title: 'This is no Linux host',
      consequence: 'Nothing can be counted here.',
      remedy: 'Run swoll on the nodes themselves.',
    },
    processor_unknown: {
      severity: 'problem',
      title: 'System calls of this processor are not known',
      consequence: 'Nothing can be counted here.',
      remedy: 'Use nodes with x86-64 or arm64.',
    },
    kernel_old: {
      severity: 'problem',
      title: 'The kernel is too old',
      consequence: 'It refuses the programs.',
      remedy: REMEDY,
    },
  },
  judge({ host }: Facts) {
    if (host.platform !== 'linux')
      return [{ id: 'not_linux', evidence: `platform ${host.platform}, must be linux` }]
    if (!['x64', 'arm64'].includes(host.arch))
      return [{ id: 'processor_unknown', evidence: `architecture ${host.arch}, must be x64 or arm64` }]
    if (isOld(host.kernel) && !loads(host.programs.counting))
      return [{ id: 'kernel_old', evidence: `Linux ${host.kernel}, must be ${OLDEST.join('.')} or later` }]
    return `Linux ${host.kernel} on ${host.arch}, ${host.cpus} CPUs; ${OLDEST.join('.')} or later is needed`
  },
})
