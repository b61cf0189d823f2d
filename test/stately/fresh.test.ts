import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createMachine, type AnyStateMachine } from 'xstate'
import { describe, expect, test } from 'vitest'
import * as machines from '../../machines/index.js'
import { artefactName, machineArtefacts, staleFiles } from '../../src/stately/artefacts.js'
import { mermaidId, mermaidText } from '../../src/stately/machine-mermaid.js'
import { projectTables } from '../../src/stately/project-tables.js'
import { isReadmeFresh } from '../../src/stately/readme.js'
import { projectMachines } from './all-machines.js'
import { machineStructure, stateNodes, transitionFacts, type TransitionFact } from './machine-structure.js'

const directory = fileURLToPath(new URL('../../stately/', import.meta.url))
const read = (file: string): string => readFileSync(`${directory}${file}`, 'utf8')

test('the files in stately/ match machines/; if not, run `npm run stately`', async () => {
  expect(await staleFiles(await machineArtefacts(machines), directory)).toEqual([])
})

test('there is a machine to look at', () => {
  expect(projectMachines.map(([name]) => name)).toEqual(
    expect.arrayContaining(['agentMachine', 'executionMachine', 'registryMachine']),
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
    const lines = read(`${name}.mmd`)
      .split('\n')
      .map((line) => line.trim())
    const absent = stateNodes(machine).filter(
      (node) => node.parent && !isDeclared(node.path.join('.'), lines),
    )
    expect(absent.map((node) => node.id)).toEqual([])
    expect(transitionFacts(machine).filter((fact) => !isDrawn(fact, lines))).toEqual([])
  })
})

function svgMarks({ source, event, targets }: TransitionFact): string[] {
  const mark = `data-source="${source}" data-event="${event}"`
  return targets.length === 0 ? [mark] : targets.map((target) => `${mark} data-target="${target}"`)
}

function isDeclared(path: string, lines: readonly string[]): boolean {
  const id = mermaidId(path)
  return lines.some((line) => line.startsWith(`${id} : `) || line.endsWith(` as ${id} {`))
}

function isDrawn(fact: TransitionFact, lines: readonly string[]): boolean {
  const { source, targets, guard } = fact
  const starts = [mermaidId(source), `any_state_of_${mermaidId(source)}`]
  const outside = targets.filter((target) => target !== source)
  const arrows = outside.map((target) => ` --> ${mermaidId(target)}`)
  const heads = (arrows.length === 0 ? [''] : arrows).map((arrow) =>
    starts.map((start) => `${start}${arrow} : `),
  )
  const words = [triggerWord(fact), ...(guard === undefined ? [] : [` [${guard}`])].map(mermaidText)
  return heads.every((choices) =>
    lines
      .flatMap((line) =>
        choices.filter((head) => line.startsWith(head)).map((head) => line.slice(head.length)),
      )
      .flatMap((labels) => labels.split('<br/>'))
      .some((label) => label.startsWith(words[0] ?? '') && words.every((word) => label.includes(word))),
  )
}

function triggerWord({ event }: TransitionFact): string {
  const [, kind, , detail] = event.match(/^xstate\.(done|error|after)\.((?:actor|state)\.)?([^.*]+)/) ?? []
  if (event === '') return 'always'
  if (kind === undefined || event.endsWith('*')) return event
  return kind === 'after' ? `after ${detail}` : kind
}

function countOf(text: string, part: string): number {
  return text.split(part).length - 1
}

test('the tables in machines/README.md match machines/; if not, run `npm run stately`', async () => {
  const path = fileURLToPath(new URL('../../machines/README.md', import.meta.url))
  expect(await isReadmeFresh(path, projectTables())).toBe(true)
})
