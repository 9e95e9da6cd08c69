/** Feature gates: behaviour that a user turns on or off by name, as `--feature-gates` of the Collector does. */
import { SwollError } from '../pipeline/errors.ts'
import { nearest } from '../pipeline/nearest.ts'

interface Gate {
  readonly id: string
  /** alpha: off unless asked for; beta: on unless refused; stable: on for good. */
  readonly stage: 'alpha' | 'beta' | 'stable'
  readonly description: string
}

/** Under the Collector's ids where it has the same. */
const GATES = [
  {
    id: 'confmap.enableMergeAppendOption',
    stage: 'alpha',
    description:
      'Of several sources, lists of extensions, receivers and exporters in "service" are joined instead of replaced',
  },
] as const satisfies readonly Gate[]

type GateId = (typeof GATES)[number]['id']
/** Whether each gate is on. */
type GateStates = Readonly<Record<GateId, boolean>>

/**
 * The state of every gate after the values of `--feature-gates`: ids between commas, `-` in front turns off, `+` or nothing turns on.
 * Throws USAGE_INVALID.
 */
export function decodeGates(given: readonly string[] = []): GateStates {
  const states = Object.fromEntries(GATES.map(gate => [gate.id, isOnByDefault(gate)]))
  for (const word of given.flatMap(list => list.split(',')).filter(one => one !== '')) {
    const id = word.replace(/^[+-]/, '').trim()
    const gate: Gate | undefined = GATES.find(one => one.id === id)
    if (!gate) throw unknownGate(id, '--feature-gates')
    const isOn = !word.startsWith('-')
    if (gate.stage === 'stable' && !isOn)
      throw new SwollError('USAGE_INVALID', `--feature-gates: ${id} is stable and cannot be turned off`)
    states[id] = isOn
  }
  return states as GateStates
}

/** Every gate, with whether it is on. */
export function listGates(states: GateStates): (Gate & { readonly isOn: boolean })[] {
  return GATES.map(gate => ({ ...gate, isOn: states[gate.id] }))
}

/** A line for each gate, or for that of this id, under a head. Throws USAGE_INVALID for an unknown one. */
export function formatGates(states: GateStates, id?: string): string {
  const chosen = GATES.filter(gate => id === undefined || gate.id === id)
  if (chosen.length === 0) throw unknownGate(id!, 'featuregate')
  const rows = chosen.map(gate => [gate.id, String(states[gate.id]), gate.stage, gate.description])
  const table = [['ID', 'Enabled', 'Stage', 'Description'], ...rows]
  const widths = [0, 1, 2].map(column => Math.max(...table.map(row => row[column]!.length)))
  return table.map(row => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}\n`).join('')
}

function isOnByDefault({ stage }: Gate): boolean {
  return stage !== 'alpha'
}

function unknownGate(id: string, place: string): SwollError {
  const known = GATES.map(gate => gate.id)
  const meant = nearest(id, known)
  const hint = meant ? `did you mean "${meant}"?` : `known: ${known.join(', ')}`
  return new SwollError('USAGE_INVALID', `${place}: no feature gate has this id, got "${id}"; ${hint}`)
}
