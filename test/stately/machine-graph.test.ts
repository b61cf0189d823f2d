import { describe, expect, test } from 'vitest'
import type { StateDefinition } from '../../src/stately/machine-definition.js'
import { inPlaceLabel, machineGraph, transitionLabel } from '../../src/stately/machine-graph.js'
import { machineToJson } from '../../src/stately/machine-json.js'
import { allMachines } from './all-machines.js'
import { stateNodes, transitionFacts } from './machine-structure.js'
import { everythingMachine } from './sample-machines.js'

describe.each(allMachines)('the graph of %s', (_, machine) => {
  const graph = machineGraph(JSON.parse(machineToJson(machine)) as StateDefinition)

  test('has the states that XState has, with the same ids, types and initial states', () => {
    const expected = stateNodes(machine).map((node) => ({
      id: node.id,
      path: node.path.join('.'),
      type: node.type,
      initial: node.type === 'compound' ? node.initial.target[0]?.path.join('.') : undefined,
    }))
    expect(graph.states.map(({ id, path, type, initial }) => ({ id, path, type, initial }))).toEqual(expected)
  })

  test('resolves every transition to the targets and event type that XState resolves', () => {
    const expected = transitionFacts(machine).map(({ source, event, targets, reenter }) => ({
      source,
      event,
      targets,
      reenter,
    }))
    const actual = graph.transitions.map(({ source, event, targets, reenter }) => ({
      source,
      event,
      targets: [...targets],
      reenter,
    }))
    expect(actual).toEqual(expected)
  })
})

test('labels say event, guard and actions, delays and invoked actors in words', () => {
  const { transitions } = machineGraph(JSON.parse(machineToJson(everythingMachine)) as StateDefinition)
  const labels = transitions.map((transition) => inPlaceLabel(transition))
  expect(labels).toMatchInlineSnapshot(`
    [
      "stop (stays)",
      "notice.* / remember, log <it> & "go" on",
      "forbidden (ignored)",
      "always [and(has work, not(has work))] (stays)",
      "start [is below(limit: 3)] / remember (stays)",
      "start [or(has work, not(has work))] / forget, remember (stays)",
      "start / forget",
      "again (re-enters)",
      "jump (stays)",
      "start.both (stays)",
      "after 500 ms (stays)",
      "after patience / remember (stays)",
      "back (stays)",
      "done (stays)",
      "done: saver (stays)",
      "error: saver (stays)",
      "done: load / xstate.assign (stays)",
      "error: load [isFatal] (stays)",
      "back (stays)",
      "flip (stays)",
      "flip (stays)",
      "next (stays)",
    ]
  `)
  expect(transitions.map(transitionLabel)).toContain('start [is below(limit: 3)] / remember')
})

test('a target that names no state is refused with its source and the known ids', () => {
  const definition: StateDefinition = { id: 'lamp', states: { off: { on: { press: 'onn' } }, on: {} } }
  expect(() => machineGraph(definition)).toThrowErrorMatchingInlineSnapshot(
    `[Error: The target "onn" of a transition from "lamp.off" names no state. Expected a sibling, ".child" or "#id"; known ids: lamp, lamp.off, lamp.on.]`,
  )
})
