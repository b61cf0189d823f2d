import { Window } from 'happy-dom'
import { beforeAll, describe, expect, test } from 'vitest'
import type { StateDefinition } from '../../src/stately/machine-definition.js'
import { machineGraph } from '../../src/stately/machine-graph.js'
import { machineToJson } from '../../src/stately/machine-json.js'
import { layoutMachine } from '../../src/stately/machine-layout.js'
import { machineSvg } from '../../src/stately/machine-svg.js'
import { everythingMachine } from './sample-machines.js'

describe('the SVG of a machine', () => {
  let svg: string
  let document: Pick<Window['document'], 'querySelector' | 'querySelectorAll'>
  beforeAll(async () => {
    const definition = JSON.parse(machineToJson(everythingMachine)) as StateDefinition
    svg = machineSvg(await layoutMachine(machineGraph(definition)))
    const parser = new new Window().DOMParser()
    document = parser.parseFromString(svg, 'image/svg+xml')
  })

  const state = (path: string) => document.querySelector(`g.state[data-state="${path}"]`)
  const text = (path: string) =>
    [...(state(path)?.querySelectorAll('text') ?? [])].map((line) => line.textContent)

  test('groups each state under its path, so that a viewer can light the active ones', () => {
    expect(state('working.loading')?.getAttribute('data-id')).toBe('deep-one')
    expect(document.querySelectorAll('g.state')).toHaveLength(14)
  })

  test('shows invoked actors, entry and exit actions, tags and events that are handled in place', () => {
    expect(text('idle')).toEqual([
      'idle',
      'entry / remember',
      'entry / report level(level: "info")',
      'exit / forget',
      'tags: quiet, ready',
      'start / forget',
      'again (re-enters)',
    ])
    expect(text('working')).toEqual(['working', 'invoke: save'])
  })

  test('gives a final state a second border and a region of a parallel state a class of its own', () => {
    expect(state('stopped')?.querySelectorAll('rect')).toHaveLength(2)
    expect(state('idle')?.querySelectorAll('rect')).toHaveLength(1)
    expect(state('both.left')?.classList.contains('region')).toBe(true)
  })

  test('marks where each compound state begins', () => {
    const parents = [...document.querySelectorAll('g.initial')].map((mark) =>
      mark.getAttribute('data-parent'),
    )
    expect(parents).toEqual(['', 'working', 'both.left', 'both.right'])
  })

  test('says of each label which transition it is', () => {
    const found = document.querySelector('[data-source="idle"][data-event="jump"]')
    expect(found?.getAttribute('data-target')).toBe('working.loading')
    expect(found?.textContent).toBe('jump')
  })

  test('escapes what would be markup', () => {
    expect(svg).toContain('log &lt;it&gt; &amp; &quot;go&quot;')
    expect(svg).not.toContain('<it>')
  })

  test('brings its own light sheet, so that it reads on a dark page', () => {
    expect(document.querySelector('rect.paper')?.getAttribute('width')).toBe(
      String(Number(document.querySelector('svg')?.getAttribute('width')) - 1),
    )
  })
})
