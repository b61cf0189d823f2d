import { join } from 'node:path'
import { schema, type Store } from '@runtimed/schema'
import type { RuntimeAgentRegistry } from '../../src/index.js'
import { closeNotebookStore } from '../../src/index.js'
import { committerFor } from '../../src/livestore/committer.js'
import { openNodeStore } from '../../src/livestore/node-store.js'
import { createSyncLog, type SyncLog } from '../../src/livestore/sync-log.js'
import { waitUntil } from '../support/wait-for.js'
import { atMost, exactly, isTrue, type Check, type Finding } from './finding.js'
import { createFaultRegistry, faultType } from './fault-registry.js'
import { allEnded, cellsOf, queueRows, requestOf, sessionRows } from './notebook.js'
import { withTemporaryDirectory } from './temporary-directory.js'

const requests = 1_000
const quickRequests = 40
const cells = 10
const batchSize = 25
/** How long a session that does not renew stays valid while it works, and what may come on top of it. */
const handoverLimitMs = 30_000 + 5_000
const patienceMs = 600_000

/** One client of the notebook, as a process would be: its own files, registry and runtime. */
interface Side {
  readonly name: string
  readonly store: Store
  readonly registry: RuntimeAgentRegistry
}

/** Two clients that write to one notebook; the newer session takes over, and the owner dies in the middle. */
export const shareNotebook: Check = ({ quick }) =>
  withTemporaryDirectory(async (directory) => {
    const log = createSyncLog({ keepEvents: true })
    const runs: string[] = []
    const left = await openSide('left', directory, log, runs)
    const right = await openSide('right', directory, log, runs)
    const half = (quick ? quickRequests : requests) / 2
    await confirm(left, cellsOf(Array.from({ length: cells }, (_, index) => `cell ${index}`)))
    const findings = [
      ...(await displace(left, right, half, runs)),
      ...(await killOwner(right, left, half, runs)),
      exactly('writers.runTwice', runs.length - new Set(runs).size, 0),
    ]
    await closeSide(left)
    await right.registry.close()
    return findings
  })

async function openSide(name: string, directory: string, sharedLog: SyncLog, runs: string[]): Promise<Side> {
  const storage = { directory: join(directory, name) }
  const store = await openNodeStore({ schema, storeId: 'shared', storage, clientId: name, sharedLog })
  const registry = createFaultRegistry({
    instance: () => ({
      execute: async ({ queueEntry }) => {
        runs.push(queueEntry.id)
        await new Promise((resolve) => setImmediate(resolve))
        return { success: true }
      },
    }),
  })
  return { name, store, registry }
}

async function closeSide({ registry, store }: Side): Promise<void> {
  await registry.close()
  await closeNotebookStore(store)
}

const startAgent = ({ registry, store }: Side) => registry.getOrCreateAgent('shared', faultType, { store })

/** Events that all clients have. */
async function confirm({ store }: Side, batch: ReturnType<typeof cellsOf>): Promise<void> {
  const submission = committerFor(store).submit(batch)
  submission.durable.catch(() => undefined)
  await submission.confirmed
}

/** Asks for executions in small batches; returns the ids of those that all clients have. */
async function requestMany(side: Side, phase: string, count: number): Promise<string[]> {
  const acknowledged: string[] = []
  for (let from = 0; from < count; from += batchSize) {
    const ids = Array.from(
      { length: Math.min(batchSize, count - from) },
      (_, index) => `${phase}-${side.name}-${from + index}`,
    )
    const batch = ids.map((id, index) => requestOf(id, `c${index % cells}`))
    await confirm(side, batch).then(
      () => acknowledged.push(...ids),
      () => undefined,
    )
  }
  return acknowledged
}

async function displace(old: Side, newer: Side, count: number, runs: readonly string[]): Promise<Finding[]> {
  const displaced = await startAgent(old)
  const requested = Promise.all([requestMany(old, 'a', count / 2), requestMany(newer, 'a', count / 2)])
  await waitUntil('the first owner to be at work', () => runs.length > count / 10, patienceMs)
  await startAgent(newer)
  await displaced.keepAlive()
  const ids = (await requested).flat()
  await waitUntil('all requests to end', () => hasAllEnded(newer.store, ids), patienceMs)
  const reasons = sessionRows(newer.store).map((session) => session.terminationReason)
  return [
    isTrue('writers.olderSession', reasons[0] === 'displaced', 'displaced', reasons[0]),
    ...describeEnd('writers.displaced', newer.store, ids),
  ]
}

async function killOwner(
  owner: Side,
  heir: Side,
  count: number,
  runs: readonly string[],
): Promise<Finding[]> {
  const before = runs.length
  const requested = Promise.all([requestMany(owner, 'b', count / 2), requestMany(heir, 'b', count / 2)])
  await waitUntil('the owner to be at work', () => runs.length > before + count / 10, patienceMs)
  await owner.store.shutdownPromise()
  const killedAt = performance.now()
  const ranBefore = runs.length
  await startAgent(heir)
  await waitUntil('the heir to be at work', () => runs.length > ranBefore + 1, patienceMs)
  const handoverMs = performance.now() - killedAt
  const ids = (await requested).flat()
  await waitUntil('all requests to end', () => hasAllEnded(heir.store, ids), patienceMs)
  return [
    atMost('writers.handoverMs', handoverMs, handoverLimitMs),
    ...describeEnd('writers.ownerKilled', heir.store, ids),
  ]
}

function hasAllEnded(store: Store, ids: readonly string[]): boolean {
  const known = new Set(queueRows(store).map(({ id }) => id))
  return ids.every((id) => known.has(id)) && allEnded(store)
}

/** One execution may be lost: the one that ran when its session ended. */
function describeEnd(name: string, store: Store, ids: readonly string[]): Finding[] {
  const wanted = new Set(ids)
  const rows = queueRows(store).filter(({ id }) => wanted.has(id))
  const failed = rows.filter(({ status }) => status !== 'completed')
  return [
    exactly(`${name}.unclaimed`, rows.filter(({ status }) => status === 'pending').length, 0),
    isTrue(
      `${name}.lost`,
      failed.length <= 1 && failed.every(({ error }) => error?.startsWith('lost: ')),
      '<= 1, with its reason',
      failed.map(({ status, error }) => `${status}: ${error}`),
    ),
    isTrue(`${name}.executions`, true, 'figure', rows.length),
  ]
}
