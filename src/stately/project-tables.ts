import {
  agentMachine,
  createFailure,
  executionMachine,
  failureCodes,
  nextActionFor,
  registryMachine,
} from '../../machines/index.js'
import type { StateDefinition } from './machine-definition.js'
import { machineGraph } from './machine-graph.js'
import { machineToJson, type MachineLike } from './machine-json.js'
import { readmeTables, type ReadmeTables } from './readme-tables.js'

const graphOf = (machine: MachineLike) => machineGraph(JSON.parse(machineToJson(machine)) as StateDefinition)

/** The tables of `machines/README.md`. */
export const projectTables = (): ReadmeTables =>
  readmeTables(
    [
      { name: 'registry', graph: graphOf(registryMachine) },
      { name: 'agent', graph: graphOf(agentMachine) },
      { name: 'execution', graph: graphOf(executionMachine) },
    ],
    failureCodes.map((code) => ({ code, failure: createFailure(code), nextAction: nextActionFor(code) })),
  )
