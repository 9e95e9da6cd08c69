/** Only the parts of ECharts that the pages draw with. */
import { HeatmapChart, SankeyChart, TreemapChart } from 'echarts/charts'
import { AriaComponent, GridComponent, TooltipComponent, VisualMapComponent } from 'echarts/components'
import { type EChartsType, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([
  HeatmapChart,
  SankeyChart,
  TreemapChart,
  AriaComponent,
  GridComponent,
  TooltipComponent,
  VisualMapComponent,
  CanvasRenderer,
])

export function createChart(element: HTMLElement): EChartsType {
  return init(element, undefined, { renderer: 'canvas' })
}
