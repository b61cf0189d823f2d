import { createMachine, type AnyStateMachine } from 'xstate'
import { describe, expect, test } from 'vitest'
import { machineToJson } from '../../src/stately/machine-json.js'
import { allMachines } from './all-machines.js'
import { machineStructure } from './machine-structure.js'
import { everythingMachine, lampMachine } from './sample-machines.js'

const revive = (text: string): AnyStateMachine => createMachine(JSON.parse(text)) as AnyStateMachine

describe.each(allMachines)('the JSON of %s', (_, machine) => {
  test('creates a machine with the same states, events and transitions', () => {
    expect(machineStructure(revive(machineToJson(machine)))).toEqual(machineStructure(machine))
  })

  test('gives the same JSON again when the revived machine is written', () => {
    const text = machineToJson(machine)
    expect(machineToJson(revive(text))).toBe(text)
  })

  test('keeps the states in document order', () => {
    const parsed = JSON.parse(machineToJson(machine)) as { states?: object }
    expect(Object.keys(parsed.states ?? {})).toEqual(Object.keys(machine.root.states))
  })
})

test('names inline guards, combined guards and built-in actions', () => {
  const { idle, working } = (JSON.parse(machineToJson(everythingMachine)) as EverythingJson).states
  expect(idle.always.guard).toBe('and(has work, not(has work))')
  expect(working.states.loading.invoke.onError.guard).toBe('isFatal')
  expect(working.states.loading.invoke.onDone.actions).toBe('xstate.assign')
})

test('leaves out a context factory and the input of an invoked actor, and keeps static context', () => {
  const everything = JSON.parse(machineToJson(everythingMachine)) as EverythingJson
  expect(everything).not.toHaveProperty('context')
  expect(everything.states.working.invoke).not.toHaveProperty('input')
  expect(JSON.parse(machineToJson(lampMachine))).toHaveProperty('context', { watts: 5 })
})

test('keeps a forbidden event', () => {
  const everything = JSON.parse(machineToJson(everythingMachine)) as EverythingJson
  expect(everything.on).toHaveProperty('forbidden', {})
})

interface EverythingJson {
  on: object
  states: {
    idle: { always: { guard: string } }
    working: {
      invoke: object
      states: { loading: { invoke: { onDone: { actions: string }; onError: { guard: string } } } }
    }
  }
}
