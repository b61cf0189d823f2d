import type { CaseRun, ToldEvent } from './run-case.js'

/** What the outputs of one cell come to. */
export interface OutputSum {
  /** Text of both streams. */
  readonly text: string
  readonly displays: number
  readonly errors: number
}

interface Output {
  readonly output_type: string
  readonly text?: string | readonly string[]
}

/** The outputs that a run has told, by cell. Undefined for cells that took outputs back or changed them later. */
export function toldOutputs(events: readonly ToldEvent[]): ReadonlyMap<string, OutputSum | undefined> {
  const told = new Map<string, OutputSum | undefined>()
  for (const event of events) {
    const cellId = String(event['cellId'])
    if (event['event'] === 'cell.started') told.set(cellId, sumOf([]))
    if (event['event'] !== 'output') continue
    const sum = told.get(cellId)
    told.set(cellId, sum && event['isUpdate'] !== true ? added(sum, event['output'] as Output) : undefined)
  }
  return told
}

/** The outputs that stand in the text of a notebook, by cell. */
export function writtenOutputs(notebook: string): ReadonlyMap<string, OutputSum> {
  const { cells } = JSON.parse(notebook) as { cells: readonly { id: string; outputs?: readonly Output[] }[] }
  return new Map(cells.map(({ id, outputs = [] }) => [id, sumOf(outputs)]))
}

/** The code cells of a notebook's text by their place, from 1. */
export function codeSources(notebook: string): ReadonlyMap<number, string> {
  const { cells } = JSON.parse(notebook.replace(/^\uFEFF/, '')) as {
    cells: readonly { cell_type: string; source: string | readonly string[] }[]
  }
  const numbered = cells.map((cell, index) => [index + 1, joined(cell.source)] as const)
  return new Map(numbered.filter(([number]) => cells[number - 1]?.cell_type === 'code'))
}

/** All that a run has said: what its outputs hold, the reasons of its events and its errors. */
export function allText({ events, stderr, executed = '' }: CaseRun): string {
  const told = events.map((event) => JSON.stringify(event)).join('\n')
  return [told, stderr, executed].join('\n')
}

const sumOf = (outputs: readonly Output[]) =>
  outputs.reduce<OutputSum>(added, { text: '', displays: 0, errors: 0 })

function added({ text, displays, errors }: OutputSum, output: Output): OutputSum {
  if (output.output_type === 'stream') return { text: text + joined(output.text ?? ''), displays, errors }
  if (output.output_type === 'error') return { text, displays, errors: errors + 1 }
  return { text, displays: displays + 1, errors }
}

const joined = (text: string | readonly string[]) => (typeof text === 'string' ? text : text.join(''))
