import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes a notebook of so many Python cells, each of which sets a name and shows it; returns its path. */
export function writeNotebook(directory: string, cells: number): string {
  const path = join(directory, `cells-${cells}.ipynb`)
  const kernelspec = { name: 'python3', display_name: 'Python 3', language: 'python' }
  const notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec, language_info: { name: 'python' } },
    cells: Array.from({ length: cells }, (_, index) => ({
      id: `c${index}`,
      cell_type: 'code',
      source: `x = ${index}\nx`,
      metadata: {},
      execution_count: null,
      outputs: [],
    })),
  }
  writeFileSync(path, JSON.stringify(notebook))
  return path
}
