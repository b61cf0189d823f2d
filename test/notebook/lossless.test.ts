import { cellIDs$, events, type Store } from '@runtimed/schema'
import { getNodeValue, parseTree } from 'jsonc-parser'
import { expect, it } from 'vitest'
import { exportNotebook, importNotebook, type ParsedCell, parseNotebook } from '../../src/notebook/index.js'
import { schemaMistakes } from './nbformat-schema.js'
import { execute, openMemoryStore, result, stream } from './notebook-store.js'
import { Dice, randomNotebook, type RandomNotebook } from './random-notebook.js'

const NOTEBOOKS = 120
const options = { createdBy: 'user-1' }

interface Run {
  readonly count: number
  readonly text: string
}

/** Executes some code cells and says which, with what came out. */
function executeSome(store: Store, cells: readonly ParsedCell[], dice: Dice): Map<number, Run> {
  const runs = new Map<number, Run>()
  for (const cell of cells) {
    if (cell.type !== 'code' || dice.chance(0.5)) continue
    const run = { count: 100 + cell.index, text: dice.pick(['ä\nb', '', 'one line\n']) }
    runs.set(cell.index, run)
    const outputs = [stream('stdout', run.text), result(run.count, { 'text/plain': run.text })]
    execute(store, { cellId: cell.id, executionCount: run.count, outputs })
  }
  return runs
}

/** Walks a file beside the one it was generated from: equal text everywhere but in the holes of executed cells, whose values come back. */
function valuesOfHoles(
  { segments }: RandomNotebook,
  text: string,
  runs: ReadonlyMap<number, Run>,
): unknown[] {
  const values: unknown[] = []
  let position = 0
  for (const segment of segments) {
    if (segment.hole && runs.has(segment.hole.cell)) {
      const node = parseTree(text.slice(position))
      values.push(node && getNodeValue(node))
      position += node?.length ?? 0
    } else {
      expect(text.slice(position, position + segment.text.length)).toBe(segment.text)
      position += segment.text.length
    }
  }
  expect(text.slice(position)).toBe('')
  return values
}

function withoutResults(cell: ParsedCell): ParsedCell {
  return { ...cell, outputs: [], executionCount: null }
}

function expectedHole(kind: 'outputs' | 'execution_count', run: Run): unknown {
  if (kind === 'execution_count') return run.count
  const lines = run.text.match(/[^\n]*\n|[^\n]+$/g) ?? []
  return [
    { output_type: 'stream', name: 'stdout', text: lines },
    {
      output_type: 'execute_result',
      execution_count: run.count,
      data: { 'text/plain': lines },
      metadata: {},
    },
  ]
}

it(`${NOTEBOOKS} generated notebooks come back byte for byte, and after executing some cells only their outputs and counts differ`, async () => {
  const store = await openMemoryStore()
  const seen = { executed: 0, withoutIds: 0, untouchedCells: 0 }
  for (let seed = 1; seed <= NOTEBOOKS; seed++) {
    const dice = new Dice(seed)
    const generated = randomNotebook(dice)
    const parsed = parseNotebook(generated.text, `seed ${seed}`)
    store.commit(
      events.allOutputsCleared({ clearedBy: '' }),
      ...store.query(cellIDs$).map((id) => events.cellDeleted({ id })),
    )
    store.commit(...importNotebook(store, parsed, options))
    expect(importNotebook(store, parsed, options), `seed ${seed}`).toEqual([])
    expect(exportNotebook(store, parsed, { executedCellIds: [] }), `seed ${seed}`).toBe(generated.text)

    const runs = executeSome(store, parsed.cells, dice)
    const executedCellIds = [...runs.keys()].map((index) => parsed.cells[index]?.id ?? '')
    const text = exportNotebook(store, parsed, { executedCellIds })
    expect(schemaMistakes(runs.size > 0 ? text : exportNotebook(store)), `seed ${seed}`).toEqual([])
    const again = parseNotebook(text)
    expect(again.cells.map(withoutResults)).toEqual(parsed.cells.map(withoutResults))
    seen.executed += runs.size
    seen.untouchedCells += parsed.cells.length - runs.size
    if (!generated.hasIds) {
      seen.withoutIds++
      continue
    }
    const holes = generated.segments.flatMap(({ hole }) => (hole && runs.has(hole.cell) ? [hole] : []))
    expect(valuesOfHoles(generated, text, runs), `seed ${seed}`).toEqual(
      holes.map(({ kind, cell }) => expectedHole(kind, runs.get(cell) ?? { count: 0, text: '' })),
    )
  }
  expect(seen.executed).toBeGreaterThan(NOTEBOOKS)
  expect(seen.untouchedCells).toBeGreaterThan(NOTEBOOKS)
  expect(seen.withoutIds).toBeGreaterThan(NOTEBOOKS / 10)
})
