import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createSyncLog, type LoggedEvent, type SyncLog } from '../../src/livestore/sync-log.js'

/** A backend that outlives the process: each event that it takes is a line of the file before anybody hears of it. */
export function openBackendFile(path: string): SyncLog {
  const log = createSyncLog({ keepEvents: true })
  const stored = readEvents(path)
  if (stored.length > 0) log.push(stored)
  log.follow(log.head, (batch) =>
    appendFileSync(path, batch.map((event) => `${JSON.stringify(event)}\n`).join('')),
  )
  return log
}

/** The half line that a killed process may leave is of an event that nobody was told of; it is removed. */
function readEvents(path: string): readonly LoggedEvent[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''))
  return lines.map((line) => JSON.parse(line) as LoggedEvent)
}
