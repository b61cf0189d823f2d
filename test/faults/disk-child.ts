/**
 * A process that loses its disk in the middle of a run: `full` fills the file system, `removed` deletes the notebook's files,
 * `recover` opens what is left and lets everything end.
 */
import { rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { events } from '@runtimed/schema'
import { closeNotebookStore, openNotebookStore, RegistryError } from '../../src/index.js'
import { committerFor } from '../../src/livestore/committer.js'
import { waitUntil } from '../support/wait-for.js'
import { fillerName } from './filler.js'
import { createFaultRegistry, faultType } from './fault-registry.js'
import { allEnded, cellsOf, queueRows, reader, write } from './notebook.js'

export interface DiskChildOptions {
  readonly directory: string
  readonly fault: 'full' | 'removed' | 'recover'
}

export type DiskReport =
  | { readonly event: 'requested'; readonly ids: readonly string[] }
  | { readonly event: 'finished'; readonly id: string }
  | { readonly event: 'broken' }
  | {
      readonly event: 'noticed'
      readonly code: string
      readonly message: string
      readonly afterMs: number
      readonly state: string
      readonly failure: string | undefined
    }
  | { readonly event: 'closed'; readonly problem: string | undefined }
  | { readonly event: 'rows'; readonly rows: readonly { readonly id: string; readonly status: string }[] }

const { directory, fault } = JSON.parse(process.argv[2] ?? '{}') as DiskChildOptions
const say = (report: DiskReport) => writeSync(1, `${JSON.stringify(report)}\n`)
const cells = 60
const endsBeforeFault = 20
/** Shorter than the default of 15 s; nothing else in this process would be slow for as long. */
const stallMs = 2_000

const store = await openNotebookStore({ notebookId: 'disk', storage: { directory } })
const committer = committerFor(store, { stallMs })
const registry = createFaultRegistry({
  instance: () => ({
    execute: async (context) => {
      context.stdout(`${context.queueEntry.id} ${'x'.repeat(4_000)}\n`)
      await new Promise((resolve) => setImmediate(resolve))
      return { success: true }
    },
  }),
})
if (fault === 'recover') await recover()
else await breakDisk(fault)

async function breakDisk(kind: 'full' | 'removed'): Promise<void> {
  await write(store, cellsOf(Array.from({ length: cells }, (_, index) => `cell ${index}`)))
  const agent = await registry.getOrCreateAgent('disk', faultType, { store })
  let ends = 0
  let brokenAt = 0
  agent.actorRef.on('execution.finished', ({ end }) => {
    const acknowledge = () => {
      if (end.outcome !== 'succeeded') return
      say({ event: 'finished', id: end.request.executionId })
      if (++ends !== endsBeforeFault) return
      brokenAt = performance.now()
      damage(kind)
      say({ event: 'broken' })
    }
    committer.idle().then(acknowledge, () => undefined)
  })
  const noticed = new Promise<{ code: string; message: string }>((resolve) => committer.onDeath(resolve))
  await requestAll()
  const { code, message } = await noticed
  const snapshot = await waitUntil('the agent to fail', () => {
    const present = agent.getSnapshot()
    return present.matches('failed') ? present : undefined
  })
  const afterMs = Math.round(performance.now() - brokenAt)
  const failure = snapshot.context.failure?.code
  say({ event: 'noticed', code, message, afterMs, state: String(snapshot.value), failure })
  say({ event: 'closed', problem: await closeAll() })
}

function damage(kind: 'full' | 'removed'): void {
  if (kind === 'removed') return rmSync(join(directory, 'disk'), { recursive: true })
  try {
    for (let index = 0; ; index++) {
      writeFileSync(join(directory, fillerName), new Uint8Array(256 * 1024), { flag: 'a' })
    }
  } catch {
    return
  }
}

async function requestAll(): Promise<void> {
  const ids = Array.from({ length: cells }, (_, index) => `q${index}`)
  const cellsInfo = ids.map((queueId, index) => ({ id: `c${index}`, executionCount: 1, queueId }))
  await write(store, [events.multipleExecutionRequested({ requestedBy: reader, cellsInfo })])
  say({ event: 'requested', ids })
}

async function closeAll(): Promise<string | undefined> {
  await registry.close()
  try {
    await closeNotebookStore(store)
    return undefined
  } catch (error) {
    return RegistryError.is(error) ? error.code : String(error)
  }
}

async function recover(): Promise<void> {
  await registry.getOrCreateAgent('disk', faultType, { store })
  await waitUntil('everything to end', () => allEnded(store), 60_000)
  await registry.close()
  say({ event: 'rows', rows: queueRows(store).map(({ id, status }) => ({ id, status })) })
  await closeNotebookStore(store)
}
