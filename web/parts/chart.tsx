/** A drawing. What it shows is in a table beside it too: that is the way for keyboards and for those who cannot see. */
import type { EChartsType } from 'echarts/core'
import { useEffect, useRef, useState } from 'preact/hooks'
import { createChart } from './echarts.ts'
import { onSchemeChange, type Palette, readPalette } from './palette.ts'

interface ChartProps {
  /** Says what is drawn, and where its numbers are. */
  readonly label: string
  readonly className?: string
  /** The option of ECharts. Names go through no markup: tooltips are drawn, not made of elements. */
  readonly draw: (palette: Palette) => object
  readonly onPick?: (picked: unknown) => void
}

export function Chart({ label, className = '', draw, onPick }: ChartProps) {
  const element = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType | undefined>(undefined)
  const pick = useRef(onPick)
  pick.current = onPick
  const [schemes, setSchemes] = useState(0)
  useEffect(() => {
    const own = createChart(element.current!)
    chart.current = own
    own.on('click', ({ data, dataType }) => pick.current?.({ data, dataType }))
    const resizing = new ResizeObserver(() => own.resize())
    resizing.observe(element.current!)
    const stop = onSchemeChange(() => setSchemes(count => count + 1))
    return () => {
      stop()
      resizing.disconnect()
      own.dispose()
      chart.current = undefined
    }
  }, [])
  // Another scheme has other colours.
  useEffect(
    () => chart.current?.setOption({ animation: false, ...draw(readPalette()) }, true),
    [draw, schemes],
  )
  return <div ref={element} class={`chart ${className}`} role="img" aria-label={label} />
}

/** The tooltip of all charts: drawn on the canvas, so that no name is taken for markup. */
export function tooltipOf({ paper, ink, line }: Palette, formatter: (parameters: never) => string): object {
  return {
    renderMode: 'richText',
    confine: true,
    backgroundColor: paper,
    borderColor: line,
    textStyle: { color: ink, fontSize: 12 },
    formatter,
  }
}

/** ECharts takes `{name|text}` in drawn text for a style: a brace is shown by another sign that looks like it. */
export function drawn(text: string): string {
  return text.replaceAll('{', '❴').replaceAll('}', '❵')
}
