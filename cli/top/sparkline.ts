/** Values over time in one line of text. */

const BARS = '▁▂▃▄▅▆▇█'

/** The last `width` values, newest right; the largest of them is a full bar. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = width > 0 ? values.slice(-width) : []
  const most = Math.max(...shown, 0)
  const bars = shown.map(value => {
    const level = most === 0 || value <= 0 ? 0 : Math.ceil((value / most) * (BARS.length - 1))
    return BARS[Math.max(0, Math.min(level, BARS.length - 1))]!
  })
  return bars.join('').padStart(width)
}
