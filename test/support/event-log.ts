import type { Store } from '@runtimed/schema'
import type { NotebookEvent } from '../../src/livestore/fact-to-events.js'

/** All events of a notebook that its backend has confirmed, oldest first. */
export async function readEventLog(store: Store): Promise<NotebookEvent[]> {
  const head = Number(/\d+/.exec(String(store.syncStatus().localHead))?.[0] ?? 0)
  const log: NotebookEvent[] = []
  if (head === 0) return log
  for await (const event of store.events() as AsyncIterable<NotebookEvent & { seqNum: { global: number } }>) {
    log.push({ name: event.name, args: event.args } as NotebookEvent)
    if (event.seqNum.global >= head) break
  }
  return log
}
