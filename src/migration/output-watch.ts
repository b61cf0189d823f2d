import type { Store } from '@runtimed/schema'
import type { NotebookOutput } from '../notebook/index.js'
import { OutputFeed, outputTrigger$ } from '../notebook/output-feed.js'
import type { LegacyOutput } from './legacy-runtime.js'

interface ExecutionMark {
  readonly id: string
  readonly cellId: string
  readonly requestSeq: number
  readonly hasShown: number
  readonly hasEnded: number
}

/**
 * Calls back with what the cells of a notebook put out from now on, whoever runs them: of executions that had ended before
 * nothing, of one that is running what it puts out from its start. Returns the function that ends it.
 */
export function watchOutputs(store: Store, listener: (output: LegacyOutput) => void): () => void {
  const feeds = new Map<string, OutputFeed>()
  const ended = new Set<string>()
  let floor = firstOpen(store)
  let isScheduled = false
  let isOver = false
  const look = () => {
    for (const mark of marksFrom(store, floor)) {
      if (!ended.has(mark.id)) lookAt(mark)
      if (ended.has(mark.id) && mark.requestSeq === floor) floor = mark.requestSeq + 1
    }
  }
  const lookAt = ({ id, cellId, hasShown, hasEnded }: ExecutionMark) => {
    if (hasShown) {
      const feed = feeds.get(id) ?? new OutputFeed(store, cellId, schedule)
      feeds.set(id, feed)
      for (const { output } of feed.read(hasEnded === 1)) listener({ cellId, text: textOf(output), output })
    }
    if (!hasEnded) return
    feeds.delete(id)
    ended.add(id)
  }
  const schedule = () => {
    if (isScheduled) return
    isScheduled = true
    queueMicrotask(() => {
      isScheduled = false
      if (!isOver) look()
    })
  }
  const unsubscribe = store.subscribe(outputTrigger$, schedule)
  return () => {
    isOver = true
    unsubscribe()
  }
}

const rows = <Row>(store: Store, query: string, ...values: number[]) =>
  store.query<Row[]>({ query, bindValues: values as never })

/** The first request that has not ended, or the one that will come next. */
const firstOpen = (store: Store): number =>
  rows<{ floor: number }>(
    store,
    `SELECT coalesce(
       (SELECT min(requestSeq) FROM executionQueue WHERE status IN ('pending', 'assigned', 'executing')),
       (SELECT max(requestSeq) + 1 FROM executionQueue), 0) AS floor`,
  )[0]?.floor ?? 0

/** A request that was refused never started, but has an output that says why. */
const marksFrom = (store: Store, floor: number) =>
  rows<ExecutionMark>(
    store,
    `SELECT id, cellId, requestSeq, startedAt IS NOT NULL OR status = 'failed' AS hasShown,
       status IN ('completed', 'failed', 'cancelled') AS hasEnded
     FROM executionQueue WHERE requestSeq >= ? ORDER BY requestSeq`,
    floor,
  )

function textOf(output: NotebookOutput): string {
  switch (output.output_type) {
    case 'stream':
      return output.text
    case 'error':
      return output.evalue === '' ? output.ename : `${output.ename}: ${output.evalue}`
    case 'display_data':
    case 'execute_result':
      return plainText(output.data)
  }
}

/** The first of these that is there, best for reading first. */
const readableTypes = ['text/plain', 'text/markdown', 'text/html']

function plainText(data: Readonly<Record<string, unknown>>): string {
  const found = readableTypes.map((type) => data[type]).find((value) => typeof value === 'string')
  return typeof found === 'string' ? found : ''
}
