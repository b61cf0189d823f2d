import { cells$, type Store } from '@runtimed/schema'
import { readAgentHistory, type AgentTransition } from '../../index.js'
import { readStoredEvents } from '../../livestore/stored-events.js'
import { labelOf } from '../run/run-plan.js'
import type { StorePlace } from '../store-place.js'
import { createStyle, type Style, wantsColour } from '../text/style.js'
import { withRecord } from '../with-record.js'
import type { World } from '../world.js'
import { historyTable } from './history-table.js'
import { type CellNames, createLogReader } from './log-reader.js'
import { logTable } from './log-table.js'

type Kind = 'text' | 'json'

/**
 * Prints the recorded transitions of a store, oldest first. Throws as `withRecord`. Adds nothing to the record.
 */
export function printLog(place: StorePlace, kind: Kind, world: World): Promise<void> {
  return printStore(place, world, async (store, style) => {
    const read = createLogReader(cellNamesOf(store))
    const entries = []
    for await (const event of readStoredEvents(store)) entries.push(...read(event))
    const columns = world.stdout.columns || 120
    return kind === 'json' ? toJsonLines(entries) : logTable(entries, { columns, style })
  })
}

/** The same for the states that the agents went through, as this client remembers them. */
export function printHistory(place: StorePlace, kind: Kind, world: World): Promise<void> {
  return printStore(place, world, (store, style) => {
    const history = readAgentHistory(store)
    return kind === 'json' ? toJsonLines(history.map(withTime)) : historyTable(history, style)
  })
}

const withTime = ({ at, ...transition }: AgentTransition) => ({
  time: new Date(at).toISOString(),
  ...transition,
})

const toJsonLines = (entries: readonly object[]) => entries.map((entry) => JSON.stringify(entry))

async function printStore(
  place: StorePlace,
  { stdout, env }: World,
  linesOf: (store: Store, style: Style) => string[] | Promise<string[]>,
): Promise<void> {
  const style = createStyle(wantsColour(stdout, env))
  const lines = await withRecord(place, (store) => linesOf(store, style))
  stdout.write(lines.map((line) => `${line}\n`).join(''))
}

function cellNamesOf(store: Store): CellNames {
  const cells = store.query(cells$)
  return new Map(cells.map((cell, index) => [cell.id, { number: index + 1, label: labelOf(cell.source) }]))
}
