import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { recordingContext } from '../support/recording-context.js'
import { startPythonSession } from './python-session.js'

interface RecordedGroup {
  title: string
  cells: { source: string; count: number | null; outputs: unknown[] }[]
}

/** What differs from run to run, and what stands for it: the same as in fixtures/record.py. */
const VARYING: [RegExp, string][] = [
  [/0x[0-9a-f]+/g, '0x0'],
  [/ipykernel_\d+/g, 'ipykernel_0'],
  [/[\d.e+]+ (ns|µs|ms|s)\b/g, '0 s'],
]

const file = new URL('./fixtures/recorded.json', import.meta.url)
const groups = JSON.parse(readFileSync(file, 'utf8')) as RecordedGroup[]

describe('cells show what a Jupyter kernel shows', () => {
  it.each(groups.map((group) => [group.title, group] as const))('%s', async (_, group) => {
    const session = await startPythonSession()
    const shown = []
    for (const cell of group.cells) {
      const recording = recordingContext(cell.source, { count: cell.count ?? 0 })
      await session.instance.execute(recording.context)
      shown.push({ ...cell, outputs: recording.outputs.map(comparable) })
    }
    await session.instance.dispose(true)
    expect(shown).toEqual(group.cells)
  })
})

function comparable(output: object): unknown {
  const { traceback: _, ...rest } = output as { traceback?: string[] }
  let text = JSON.stringify(rest)
  for (const [pattern, replacement] of VARYING) text = text.replace(pattern, replacement)
  return JSON.parse(text)
}
