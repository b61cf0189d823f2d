import { expect, it } from 'vitest'
import { committerFor } from '../../src/livestore/committer.js'
import { exportNotebook, importNotebook, parseNotebook } from '../../src/notebook/index.js'
import type { PrintableJson } from '../../src/notebook/json-value.js'
import { COMPACT_LAYOUT, printJson } from '../../src/notebook/json-writer.js'
import { openMemoryStore } from './notebook-store.js'

const names = [
  'constructor',
  'toString',
  'valueOf',
  '__proto__',
  'hasOwnProperty',
  'then',
  'constructor\u200b',
]

/** A notebook whose output has a name as MIME type and as member of JSON, of metadata and of a display's details. */
function notebookWith(name: string): string {
  const key = JSON.stringify(name)
  const json = `{${key}:{${key}:[{${key}:1}]}}`
  const output = `{"data":{"application/json":${json},${key}:"v","text/plain":"x"},"metadata":{"application/json":${json},${key}:${json}},"output_type":"display_data"}`
  const cells = `[{"cell_type":"code","execution_count":null,"id":"c0","metadata":${json},"outputs":[${output}],"source":"1"}]`
  return `{"cells":${cells},"metadata":${json},"nbformat":4,"nbformat_minor":5,${key}:${json}}`
}

it.each(names)('a notebook with the name %j at any place is imported and comes back whole', async (name) => {
  const store = await openMemoryStore()
  const parsed = parseNotebook(notebookWith(name))
  await committerFor(store).submit(() => importNotebook(store, parsed, { createdBy: 'user-1' })).durable
  expect(exportNotebook(store, parsed, { executedCellIds: [] })).toBe(notebookWith(name))
  const [cell] = parseNotebook(exportNotebook(store)).cells
  const sorted = (value: unknown) => printJson(value as PrintableJson, COMPACT_LAYOUT)
  expect(sorted(cell?.outputs)).toBe(sorted(parsed.cells[0]?.outputs))
  expect(sorted(cell?.metadata)).toBe(sorted(parsed.cells[0]?.metadata))
})
