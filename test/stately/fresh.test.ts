import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createMachine, type AnyStateMachine } from 'xstate'
import { describe, expect, test } from 'vitest'
import * as machines from '../../machines/index.js'
import { artefactName, machineArtefacts, staleFiles } from '../../src/stately/artefacts.js'
import { mermaidId, mermaidText } from '../../src/stately/machine-mermaid.js'
import { projectMachines } from './all-machines.js'
import { machineStructure, stateNodes, transitionFacts, type TransitionFact } from './machine-structure.js'

const directory = fileURLToPath(new URL('../../stately/', import.meta.url))
const read = (file: string): string => readFileSync(`${directory}${file}`, 'utf8')

test('the files in stately/ match machines/; if not, run `npm run stately`', async () => {
  expect(await staleFiles(await machineArtefacts(machines), directory)).toEqual([])
})

test('there is a machine to look at', () => {
  expect(projectMachines.map(([name]) => name)).toEqual(
    expect.arrayContaining(['agentGroupMachine', 'agentMachine', 'executionMachine', 'registryMachine']),
  )
})

describe.each(projectMachines)('the artefacts of %s', (exportName, machine) => {
  const name = artefactName(exportName)

  test('JSON: every state, event and transition', () => {
    const revived = createMachine(JSON.parse(read(`${name}.machine.json`))) as AnyStateMachine
    expect(machineStructure(revived)).toEqual(machineStructure(machine))
  })

  test('SVG: every state and every transition', () => {
    const svg = read(`${name}.svg`)
    const states = stateNodes(machine).map((node) => `data-state="${node.path.join('.')}"`)
    const transitions = transitionFacts(machine).flatMap(svgMarks)
    expect([...states, ...transitions].filter((mark) => !svg.includes(mark))).toEqual([])
    expect(countOf(svg, 'class="trigger"')).toBeGreaterThanOrEqual(transitions.length)
  })

  test('Mermaid: every state and every transition', () => {
    const lines = read(`${name}.mmd`).split('\n')
    const states = stateNodes(machine).filter((node) => node !== machine.root || lines.length === 0)
    const absent = states.filter(
      ({ path }) => !lines.some((line) => line.includes(mermaidId(path.join('.')))),
    )
    expect(absent.map((node) => node.id)).toEqual([])
    expect(transitionFacts(machine).filter((fact) => !isDrawn(fact, lines))).toEqual([])
  })
})

function svgMarks({ source, event, targets }: TransitionFact): string[] {
  const mark = `data-source="${source}" data-event="${event}"`
  return targets.length === 0 ? [mark] : targets.map((target) => `${mark} data-target="${target}"`)
}

function isDrawn({ source, targets, guard, event }: TransitionFact, lines: readonly string[]): boolean {
  const isOwnEvent = event !== '' && !event.startsWith('xstate.')
  const words = [...(isOwnEvent ? [event] : []), ...(guard === undefined ? [] : [`[${guard}]`])].map(
    mermaidText,
  )
  const starts = [source, `any_state_of_${mermaidId(source)}`].map((path) => mermaidId(path))
  const leaves = targets.filter((target) => target !== source)
  const heads =
    leaves.length === 0
      ? starts.map((start) => `${start} : `)
      : leaves.flatMap((target) => starts.map((start) => `${start} --> ${mermaidId(target)} : `))
  return lines.some(
    (line) => heads.some((head) => line.includes(head)) && words.every((word) => line.includes(word)),
  )
}

function countOf(text: string, part: string): number {
  return text.split(part).length - 1
}
