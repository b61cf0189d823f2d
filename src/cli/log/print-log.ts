import { logger, LogLevel } from '@runtimed/agent-core'
import { cells$, type Store } from '@runtimed/schema'
import { closeNotebookStore, openNotebookStore } from '../../index.js'
import { readStoredEvents } from '../../livestore/stored-events.js'
import { labelOf } from '../run/run-plan.js'
import { findStore } from '../store-place.js'
import { createStyle, wantsColour } from '../text/style.js'
import type { World } from '../world.js'
import { type CellNames, createLogReader } from './log-reader.js'
import { logTable } from './log-table.js'

/**
 * Prints the recorded transitions of the store in a directory, oldest first. Throws `STORE_NOT_FOUND`, `STORE_AMBIGUOUS` or
 * `STORE_IN_USE`. Adds nothing to the record.
 */
export async function printLog(
  directory: string,
  kind: 'text' | 'json',
  { stdout, env }: World,
): Promise<void> {
  logger.configure({ level: LogLevel.ERROR, console: Boolean(env['DEBUG']) })
  const { notebookId, directory: base } = findStore(directory)
  const store = await openNotebookStore({ notebookId, storage: { directory: base } })
  try {
    const read = createLogReader(cellNamesOf(store))
    const entries = []
    for await (const event of readStoredEvents(store)) entries.push(...read(event))
    const style = createStyle(wantsColour(stdout, env))
    const columns = stdout.columns || 120
    const lines =
      kind === 'json' ? entries.map((entry) => JSON.stringify(entry)) : logTable(entries, { columns, style })
    stdout.write(lines.map((line) => `${line}\n`).join(''))
  } finally {
    await closeNotebookStore(store)
  }
}

function cellNamesOf(store: Store): CellNames {
  const cells = store.query(cells$)
  return new Map(cells.map((cell, index) => [cell.id, { number: index + 1, label: labelOf(cell.source) }]))
}
