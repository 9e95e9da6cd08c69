import { defineCheck, type Said } from '../check.ts'

const ENABLE = 'net.core.bpf_jit_enable'
const HARDEN = 'net.core.bpf_jit_harden'
const FOR_ALL = 2

type Id = 'jit_off' | 'jit_hardened'

export const jit = defineCheck<Id>({
  name: 'BPF compiler',
  asks: 'Whether the kernel compiles programs, and how',
  entries: {
    jit_off: {
      severity: 'problem',
      title: 'The BPF compiler is switched off',
      consequence: 'The interpreter cannot run what swoll uses; the programs are refused.',
      remedy: 'Switch it on; to keep it so, write the setting to /etc/sysctl.d/90-swoll.conf.',
    },
    jit_hardened: {
      severity: 'note',
      title: 'The BPF compiler is hardened for root, too',
      consequence: 'Each call costs more while it is counted.',
      remedy: 'If only root loads programs on this host, 1 is enough.',
    },
  },
  judge({ host: { sysctls } }) {
    const [enabled, hardened] = [sysctls[ENABLE], sysctls[HARDEN]]
    const said: Said<Id>[] = []
    if (enabled === 0) {
      const fix = { command: 'sysctl', args: ['-w', `${ENABLE}=1`] }
      said.push({ id: 'jit_off', evidence: `${ENABLE} is 0, must be 1`, fix })
    }
    if (hardened === FOR_ALL)
      said.push({
        id: 'jit_hardened',
        evidence: `${HARDEN} is ${FOR_ALL}; from ${FOR_ALL} on programs of root are hardened`,
        commands: [`sysctl -w ${HARDEN}=1`],
      })
    if (said.length > 0) return said
    return enabled === undefined ? undefined : `${ENABLE} is ${enabled}`
  },
})
