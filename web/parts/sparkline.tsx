/** A line without axes: how a number went over the window. */

interface SparklineProps {
  readonly values: readonly number[]
  /** Says it in words. */
  readonly label: string
  readonly kind: 'calls' | 'errors'
}

const [WIDTH, HEIGHT] = [120, 28]

export function Sparkline({ values, label, kind }: SparklineProps) {
  if (values.length < 2) return null
  const top = Math.max(...values, Number.MIN_VALUE)
  const points = values.map((value, i) => {
    const x = (i / (values.length - 1)) * WIDTH
    return `${x.toFixed(1)},${(HEIGHT - 2 - (value / top) * (HEIGHT - 4)).toFixed(1)}`
  })
  return (
    <svg
      class={`sparkline ${kind}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <polygon points={`0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`} />
      <polyline points={points.join(' ')} vector-effect="non-scaling-stroke" />
    </svg>
  )
}
