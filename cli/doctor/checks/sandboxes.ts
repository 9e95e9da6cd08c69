import { defineCheck } from '../check.ts'

export const sandboxes = defineCheck({
  name: 'sandboxes',
  asks: 'Whether there are pods whose calls the kernel of this host does not see',
  entries: {
    sandboxed_pods: {
      severity: 'warning',
      title: 'Calls in sandboxes are not seen',
      consequence:
        'gVisor runs the calls of its pods itself, and Kata in a virtual machine: here only those of the sandbox are counted, under the name of the pod.',
      remedy:
        'Do not read these pods in metrics. In Kata, an agent inside of the virtual machine would see them.',
    },
  },
  judge({ host: { sandboxes: seen } }) {
    const kinds = Object.entries(seen)
    if (kinds.length === 0) return undefined
    return [
      {
        id: 'sandboxed_pods',
        evidence: kinds.map(([name, count]) => `${name}: ${count} processes`).join(', '),
      },
    ]
  },
})
