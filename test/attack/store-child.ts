/**
 * A process that opens one notebook, adds outputs, says what it holds, and keeps it open until it is killed or told to end.
 * Options as JSON: see {@link StoreChildOptions}.
 */
import { writeSync } from 'node:fs'
import { events, schema, tables, type Store } from '@runtimed/schema'
import { closeNotebookStore, NotebookWriter } from '../../src/index.js'
import { RegistryError } from '../../src/errors.js'
import { openNodeStore } from '../../src/livestore/node-store.js'
import { waitUntil } from '../support/wait-for.js'
import { openBackendFile } from './backend-file.js'

/** What the process opens and adds. */
export interface StoreChildOptions {
  readonly directory: string
  readonly notebookId: string
  /** File of the events that a backend has; without it the store has a backend of its own. */
  readonly backendFile?: string
  /** Ids of the outputs that it adds, one after the other. */
  readonly add?: readonly string[]
  /** True: closes the store when all outputs are confirmed, and `waitFor` are there. */
  readonly end?: boolean
  /** Ids of the outputs that it waits for before it ends. */
  readonly waitFor?: readonly string[]
}

/** What the process says. */
export type StoreChildReport =
  | { readonly event: 'opening' }
  | { readonly event: 'opened'; readonly ids: readonly string[] }
  | { readonly event: 'durable'; readonly id: string }
  | { readonly event: 'warned'; readonly code: string }
  | { readonly event: 'closed'; readonly ids: readonly string[] }
  | { readonly event: 'refused'; readonly code: string; readonly message: string }

const options = JSON.parse(process.argv[2] ?? '{}') as StoreChildOptions
const say = (report: StoreChildReport) => writeSync(1, `${JSON.stringify(report)}\n`)
const idsOf = (store: Store) => store.query(tables.outputs.select('id')).toSorted()

/** Milliseconds for the outputs to arrive; whoever started the process waits a little longer. */
const waitMs = 150_000

function isThere(store: Store, wanted: readonly string[]): boolean {
  const ids = new Set(idsOf(store))
  return wanted.every((id) => ids.has(id))
}

process.on('warning', (warning: Error & { code?: string }) =>
  say({ event: 'warned', code: warning.code ?? warning.message }),
)

try {
  await writeAndEnd(options)
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  say({ event: 'refused', code: RegistryError.is(error) ? error.code : 'UNCODED', message })
}

async function writeAndEnd({ add = [], end = false, waitFor = [] }: StoreChildOptions): Promise<void> {
  const store = await open(options)
  say({ event: 'opened', ids: idsOf(store) })
  const writer = new NotebookWriter(store, 'attack')
  for (const id of add) {
    await writer.commit([outputOf(id)]).durable
    say({ event: 'durable', id })
  }
  if (!end) return
  await writer.commit([outputOf('last')]).confirmed
  await waitUntil('all outputs that it waits for', () => isThere(store, waitFor), waitMs)
  const ids = idsOf(store)
  await closeNotebookStore(store)
  say({ event: 'closed', ids })
}

async function open({ directory, notebookId, backendFile }: StoreChildOptions): Promise<Store> {
  const log = backendFile === undefined ? {} : { sharedLog: openBackendFile(backendFile) }
  say({ event: 'opening' })
  return openNodeStore({ schema, storeId: notebookId, storage: { directory }, ...log })
}

function outputOf(id: string) {
  return events.terminalOutputAdded({
    id,
    cellId: 'cell',
    position: 0,
    content: { type: 'inline', data: id.repeat(20) },
    streamName: 'stdout',
  })
}
