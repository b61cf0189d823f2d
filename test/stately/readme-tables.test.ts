import { expect, test } from 'vitest'
import { createFailure } from '../../machines/index.js'
import type { StateDefinition } from '../../src/stately/machine-definition.js'
import { machineGraph } from '../../src/stately/machine-graph.js'
import { machineToJson } from '../../src/stately/machine-json.js'
import { readmeTables, withTables } from '../../src/stately/readme-tables.js'
import { lampMachine } from './sample-machines.js'

const graph = machineGraph(JSON.parse(machineToJson(lampMachine)) as StateDefinition)
const failure = createFailure('crashLoop')
const tables = readmeTables(
  [{ name: 'lamp', graph }],
  [{ code: 'crashLoop', failure, nextAction: 'Look | see.' }],
)

test('a row for each state, each event that is sent and each failure', () => {
  expect(tables.states.split('\n').length).toBe(2 + graph.states.length - 1)
  expect(tables.states).toContain('| lamp | `')
  expect(tables.events).not.toContain('xstate.')
  expect(tables.failures).toContain(`| \`crashLoop\` | ${failure.message} | Look \\| see. |`)
})

test('a text keeps what is not generated, and lacks no mark', () => {
  const marks = ['states', 'events', 'failures'].map(
    (name) => `<!-- generated: ${name} -->\nold\n<!-- end -->`,
  )
  const text = withTables(`before\n${marks.join('\nbetween\n')}\nafter`, tables)
  expect(text).toMatch(/^before\n/)
  expect(text).toMatch(/\nafter$/)
  expect(text).not.toContain('old')
  expect(withTables(text, tables)).toBe(text)
  expect(() => withTables('nothing', tables)).toThrow('The README has no "<!-- generated: states -->"')
})
