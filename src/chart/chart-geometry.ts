import type { ChartPoint } from './chart-layout.js'

const headLength = 9
const headWidth = 7

/** The line through all points, as the data of an SVG path. */
export function pathData(points: readonly ChartPoint[]): string {
  return points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('')
}

/** The triangle at the end of a line, as the data of an SVG path; empty for less than two points. */
export function arrowHead(points: readonly ChartPoint[]): string {
  const [before, tip] = [points.at(-2), points.at(-1)]
  if (before === undefined || tip === undefined) return ''
  const length = Math.hypot(tip.x - before.x, tip.y - before.y) || 1
  const [alongX, alongY] = [(tip.x - before.x) / length, (tip.y - before.y) / length]
  const [baseX, baseY] = [tip.x - alongX * headLength, tip.y - alongY * headLength]
  const [sideX, sideY] = [(-alongY * headWidth) / 2, (alongX * headWidth) / 2]
  return `M${tip.x} ${tip.y}L${baseX + sideX} ${baseY + sideY}L${baseX - sideX} ${baseY - sideY}Z`
}
