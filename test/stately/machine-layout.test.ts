import { beforeAll, describe, expect, test } from 'vitest'
import type { DiagramEdge } from '../../src/stately/diagram-edge.js'
import type { StateDefinition } from '../../src/stately/machine-definition.js'
import { machineGraph } from '../../src/stately/machine-graph.js'
import { machineToJson } from '../../src/stately/machine-json.js'
import {
  layoutMachine,
  type MachineLayout,
  type Point,
  type Rectangle,
} from '../../src/stately/machine-layout.js'
import { machineSvg } from '../../src/stately/machine-svg.js'
import { allMachines } from './all-machines.js'

interface Named extends Rectangle {
  readonly name: string
}

describe.each(allMachines)('the drawing of %s', (_, machine) => {
  const definition = JSON.parse(machineToJson(machine)) as StateDefinition
  const draw = (): Promise<MachineLayout> => layoutMachine(machineGraph(definition))
  let layout: MachineLayout
  beforeAll(async () => {
    layout = await draw()
  })

  test('lets no label, state or mark overlap another', () => {
    expect(overlaps([...labels(layout), ...boxes(layout)])).toEqual([])
  })

  test('draws no line through a state, or through the label of another line', () => {
    const crossings = segments(layout).flatMap((segment) =>
      [...labels(layout), ...leaves(layout)]
        .filter(({ name }) => name !== segment.name)
        .filter((obstacle) => overlap(segment, obstacle))
        .map((obstacle) => `${segment.name} through ${obstacle.name}`),
    )
    expect(crossings).toEqual([])
  })

  test('keeps everything within the sheet, and inner states within their parents', () => {
    const sheet = { x: 0, y: 0, width: layout.width, height: layout.height }
    expect([...labels(layout), ...boxes(layout)].filter((box) => !contains(sheet, box))).toEqual([])
    for (const { state, ...box } of layout.states) {
      const inner = layout.states.filter((other) => state.children.includes(other.state))
      expect(inner.filter((child) => !contains(box, child))).toEqual([])
    }
  })

  test('starts every line at the border of its source and ends it at the border of its target', () => {
    const loose = layout.edges.filter(({ edge, points }) => {
      const [start, end] = [points[0], points.at(-1)]
      const isAttached =
        start && end && onBorder(start, sourceOf(edge, layout)) && onBorder(end, targetOf(edge, layout))
      return !isAttached
    })
    expect(loose.map(({ edge }) => edge.id)).toEqual([])
  })

  test('is the same each time', async () => {
    expect(machineSvg(await draw())).toBe(machineSvg(layout))
  })
})

const labels = (layout: MachineLayout): Named[] =>
  layout.edges.map(({ edge, label }) => ({ name: edge.id, ...label }))

const leaves = (layout: MachineLayout): Named[] =>
  layout.states
    .filter(({ state }) => state.children.length === 0)
    .map(({ state, x, y, width, height }) => ({ name: state.path, x, y, width, height }))

const headers = (layout: MachineLayout): Named[] =>
  layout.states
    .filter(({ state }) => state.children.length > 0)
    .map(({ state, box, x, y }) => ({ name: `${state.path}#`, x, y, width: box.width, height: box.height }))

const boxes = (layout: MachineLayout): Named[] => [
  ...leaves(layout),
  ...headers(layout),
  ...layout.anyStates.map((mark) => ({ ...mark, name: `any state of ${mark.parent}` })),
  ...layout.initials.map((mark) => ({ ...mark, name: `start of ${mark.parent}` })),
]

const segments = (layout: MachineLayout): Named[] =>
  [
    ...layout.edges.map(({ edge, points }) => ({ name: edge.id, points })),
    ...layout.initials.map(({ parent, points }) => ({ name: `start of ${parent}`, points })),
  ].flatMap(({ name, points }) =>
    points.slice(1).map((end, index) => {
      const start = points[index] ?? end
      const [x, y] = [Math.min(start.x, end.x), Math.min(start.y, end.y)]
      return { name, x, y, width: Math.abs(end.x - start.x), height: Math.abs(end.y - start.y) }
    }),
  )

function sourceOf(edge: DiagramEdge, layout: MachineLayout): Rectangle | undefined {
  if (edge.startsInside) return layout.anyStates.find(({ parent }) => parent === edge.source)
  return layout.states.find(({ state }) => state.path === edge.source)
}

function targetOf(edge: DiagramEdge, layout: MachineLayout): Rectangle | undefined {
  if (edge.endsInside) return layout.initials.find(({ parent }) => parent === edge.target)
  return layout.states.find(({ state }) => state.path === edge.target)
}

function onBorder({ x, y }: Point, box: Rectangle | undefined): boolean {
  if (!box) return false
  const near = (first: number, second: number) => Math.abs(first - second) <= TOUCH
  const onSide = near(x, box.x) || near(x, box.x + box.width)
  const onEnd = near(y, box.y) || near(y, box.y + box.height)
  return contains(box, { x, y, width: 0, height: 0 }) && (onSide || onEnd)
}

function overlaps(rectangles: readonly Named[]): string[] {
  return rectangles.flatMap((first, index) =>
    rectangles
      .slice(index + 1)
      .filter((second) => overlap(first, second))
      .map((second) => `${first.name} over ${second.name}`),
  )
}

const TOUCH = 0.2

function overlap(first: Rectangle, second: Rectangle): boolean {
  return (
    first.x + TOUCH < second.x + second.width &&
    second.x + TOUCH < first.x + first.width &&
    first.y + TOUCH < second.y + second.height &&
    second.y + TOUCH < first.y + first.height
  )
}

function contains(outer: Rectangle, inner: Rectangle): boolean {
  return (
    inner.x >= outer.x - TOUCH &&
    inner.y >= outer.y - TOUCH &&
    inner.x + inner.width <= outer.x + outer.width + TOUCH &&
    inner.y + inner.height <= outer.y + outer.height + TOUCH
  )
}
