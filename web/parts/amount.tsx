/** The choice of what the size of something on a drawing stands for. */
import type { StatsRow, StatsTable } from '../../stats/api/table.ts'
import { toRate, toShare } from '../format.ts'
import { Choice, useMore } from './controls.tsx'

const AMOUNTS = [
  ['calls', 'calls'],
  ['errors', 'errors'],
  ['trouble', 'trouble'],
  ['working', 'time at work'],
  ['time', 'time'],
] as const
export type Amount = (typeof AMOUNTS)[number][0]

export function useAmount(): Amount {
  const [value] = useMore('amount', 'calls')
  return AMOUNTS.find(([name]) => name === value)?.[0] ?? 'calls'
}

export function AmountChoice() {
  const [value, set] = useMore('amount', 'calls')
  return <Choice label="Size is" value={value} options={AMOUNTS} onChoose={set} />
}

/** The question that has what is needed for it. */
export function showOf(amount: Amount): 'all' | 'errors' | 'trouble' | 'working' {
  if (amount === 'errors' || amount === 'trouble' || amount === 'working') return amount
  return 'all'
}

export function amountOf(amount: Amount): (row: StatsRow) => number {
  return row => row[amount]
}

export function toAmountText(value: number, amount: Amount, { startMs, endMs }: StatsTable): string {
  const windowMs = endMs - startMs
  if (amount === 'time' || amount === 'working') return `${toShare(value, windowMs)} threads`
  return toRate(value, windowMs)
}
