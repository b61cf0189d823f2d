// @vitest-environment happy-dom
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import { agentMachine, executionMachine, registryMachine } from '../../machines/index.js'
import { activePaths, stateText } from '../../src/chart/active-paths.js'
import type { ChartPoint, ChartRectangle } from '../../src/chart/chart-layout.js'
import { machineLayouts } from '../../src/chart/machine-layouts.js'
import { StateChart, type StateChartProps } from '../../src/chart/state-chart.js'
import { chartLayout } from '../../src/stately/chart-layout.js'

function draw(props: StateChartProps): SVGSVGElement {
  document.body.innerHTML = renderToStaticMarkup(<StateChart {...props} />)
  return document.querySelector('svg') as SVGSVGElement
}

const statesOf = (chart: Element, selector: string) =>
  [...chart.querySelectorAll(`.state${selector}`)].map((state) => state.getAttribute('data-state'))

const lastEvents = (chart: Element) =>
  [...chart.querySelectorAll('.label[data-last] text[data-last]')].map((text) => text.textContent)

describe.each([
  ['registry', registryMachine],
  ['agent', agentMachine],
  ['execution', executionMachine],
] as const)('the chart of the %s', (machine, { root }) => {
  test('shows every state, and lights the active one and no other', () => {
    for (const value of Object.keys(root.states)) {
      const chart = draw({ machine, value })
      expect(statesOf(chart, '')).toEqual(['', ...Object.keys(root.states)])
      expect(statesOf(chart, '[data-active]')).toEqual(['', value])
    }
  })

  test('highlights each of its transitions, one line and one event at a time', () => {
    for (const { source, target, events } of machineLayouts[machine].edges) {
      for (const { type, text } of events) {
        const chart = draw({ machine, value: target, last: { from: source, to: target, event: type } })
        expect(chart.querySelectorAll('.edge[data-last]')).toHaveLength(1)
        expect(lastEvents(chart)).toEqual([text])
      }
    }
  })
})

test.each(Object.entries(machineLayouts))(
  'the chart of the %s draws no line through the label of another',
  (_, layout) => {
    const crossings = layout.edges.flatMap(({ points, source, target }) =>
      points.slice(1).flatMap((end, index) => {
        const start = points[index] ?? end
        return layout.edges
          .filter((other) => other.source !== source || other.target !== target)
          .filter(({ label }) => crosses(start, end, label))
          .map((other) => `${source} > ${target} through the label of ${other.source} > ${other.target}`)
      }),
    )
    expect(crossings).toEqual([])
  },
)

function crosses(start: ChartPoint, end: ChartPoint, { x, y, width, height }: ChartRectangle): boolean {
  const [left, right] = [Math.min(start.x, end.x), Math.max(start.x, end.x)]
  const [top, bottom] = [Math.min(start.y, end.y), Math.max(start.y, end.y)]
  return left < x + width && right > x && top < y + height && bottom > y
}

test('is an image whose description tells the current state and what led to it', () => {
  const last = { from: 'running', to: 'executing', event: 'execution.request' }
  const chart = draw({ machine: 'agent', value: 'executing', last })
  const [title, description] = (chart.getAttribute('aria-labelledby') ?? '')
    .split(' ')
    .map((id) => document.getElementById(id)?.textContent)
  expect(chart.getAttribute('role')).toBe('img')
  expect(title).toBe('State chart of agent')
  expect(description).toBe(
    'Current state: executing. Last transition: running to executing, on execution.request.',
  )
})

test('lights nothing without a value, and highlights nothing for a transition that stays', () => {
  const last = { from: 'running', to: 'running', event: 'agent.keep' }
  expect(statesOf(draw({ machine: 'agent', value: undefined }), '[data-active]')).toEqual([])
  expect(draw({ machine: 'agent', value: 'running', last }).querySelector('[data-last]')).toBeNull()
})

const editor = {
  id: 'editor',
  initial: 'open',
  on: { 'window.*': '.closed' },
  states: {
    open: {
      type: 'parallel',
      states: { text: { initial: 'clean', states: { clean: {}, dirty: {} } }, menu: {} },
    },
    closed: { type: 'final' },
  },
} as const

test('draws a machine of one’s own, with regions, inner states and events by wildcard', async () => {
  const layout = await chartLayout(editor)
  const value = { open: { text: 'dirty', menu: undefined } }
  const open = draw({ layout, value })
  expect(statesOf(open, '[data-active]')).toEqual(['', 'open', 'open.text', 'open.text.dirty', 'open.menu'])
  const last = { from: 'open.text.dirty', to: 'closed', event: 'window.close' }
  expect(lastEvents(draw({ layout, value: 'closed', last }))).toEqual(['window.*'])
})

test('a value becomes paths and text', () => {
  expect([...activePaths('running')]).toEqual(['', 'running'])
  expect(stateText('running')).toBe('running')
  expect(stateText({ open: { left: 'a', right: { deep: 'b' } } })).toBe('open.left.a, open.right.deep.b')
})
