/**
 * A process with one notebook in a directory: recovers what an earlier process left, asks for all cells once more, and runs
 * until it is killed or, with `end`, until everything has ended. What it says is acknowledged: it is durable by then.
 */
import { appendFileSync, writeSync } from 'node:fs'
import { setClock } from './shifted-clock.js'
import { closeNotebookStore, openNotebookStore, type ExecutionContext } from '../../src/index.js'
import { committerFor } from '../../src/livestore/committer.js'
import { readEventLog } from '../support/event-log.js'
import { waitUntil } from '../support/wait-for.js'
import { createFaultRegistry, faultType } from './fault-registry.js'
import { allEnded, cellsOf, queueRows, reader, sessionRows, write } from './notebook.js'
import { events } from '@runtimed/schema'

export interface RunChildOptions {
  readonly directory: string
  /** File to which the handler appends a line before it does anything else. */
  readonly sideEffects: string
  /** Names this process's requests. */
  readonly batch: string
  readonly cells: number
  readonly end: boolean
  /** At which execution of this process the wall clock is set, to how many milliseconds off. */
  readonly clock?: readonly { readonly at: number; readonly offsetMs: number }[]
}

export interface FinalRow {
  readonly id: string
  readonly status: string
  readonly error: string | null
  readonly durationMs: number | null
}

export interface FinalSession {
  readonly id: string
  readonly isActive: boolean
  readonly reason: string | null
}

export type RunReport =
  | {
      readonly event: 'recovered'
      /** From the opening to a correct, durable state; from the start of the process to the same. */
      readonly afterOpenMs: number
      readonly afterStartMs: number
      /** Processor time from the opening to the correct state, which does not depend on what else the machine does. */
      readonly cpuMs: number
      /** Sessions and executions of earlier processes that still look alive. */
      readonly wrong: number
    }
  | { readonly event: 'requested'; readonly ids: readonly string[]; readonly waiting: number }
  | { readonly event: 'finished'; readonly id: string; readonly outcome: string }
  | {
      readonly event: 'final'
      readonly rows: readonly FinalRow[]
      readonly sessions: readonly FinalSession[]
      /** Executions that completed although their output is not before their end in the log. */
      readonly withoutOutput: number
    }

const options = JSON.parse(process.argv[2] ?? '{}') as RunChildOptions
const say = (report: RunReport) => writeSync(1, `${JSON.stringify(report)}\n`)
let executed = 0
/** Long after the limit for a correct state; what is wrong then is reported as wrong. */
const recoveryPatienceMs = 20_000

async function execute(context: ExecutionContext) {
  appendFileSync(options.sideEffects, `${context.queueEntry.id}\n`)
  const jump = options.clock?.find(({ at }) => at === executed)
  executed += 1
  context.stdout(`ran ${context.queueEntry.id}\n`)
  await new Promise((resolve) => setImmediate(resolve))
  if (jump) setClock(jump.offsetMs)
  return { success: true }
}

const openedAt = performance.now()
const cpuAtOpening = process.cpuUsage()
const store = await openNotebookStore({ notebookId: 'faults', storage: { directory: options.directory } })
const committer = committerFor(store)
const registry = createFaultRegistry({ instance: () => ({ execute }) })
const agent = await registry.getOrCreateAgent('faults', faultType, { store })
agent.actorRef.on('execution.finished', ({ end }) => {
  const { executionId: id } = end.request
  void committer.idle().then(() => say({ event: 'finished', id, outcome: end.outcome }))
})
await waitUntil('a correct state', () => countLeftovers() === 0, recoveryPatienceMs).catch(() => undefined)
const now = performance.now()
const { user, system } = process.cpuUsage(cpuAtOpening)
say({
  event: 'recovered',
  afterOpenMs: now - openedAt,
  afterStartMs: now,
  cpuMs: (user + system) / 1_000,
  wrong: countLeftovers(),
})

await requestAll()
if (options.end) {
  await waitUntil('everything to end', () => allEnded(store), 120_000)
  await registry.close()
  say(await finalReport())
  await closeNotebookStore(store)
}

/** Sessions and executions of earlier processes that still look alive. */
function countLeftovers(): number {
  const own = sessionRows(store).at(-1)?.sessionId
  const sessions = sessionRows(store).filter((session) => session.isActive && session.sessionId !== own)
  const rows = queueRows(store).filter(
    (row) => ['assigned', 'executing'].includes(row.status) && row.assignedRuntimeSession !== own,
  )
  return sessions.length + rows.length
}

async function requestAll(): Promise<void> {
  const sources = Array.from({ length: options.cells }, (_, index) => `cell ${index}`)
  if (queueRows(store).length === 0) await write(store, cellsOf(sources))
  const cellsInfo = sources.map((_, index) => ({
    id: `c${index}`,
    executionCount: 1,
    queueId: `${options.batch}-${index}`,
  }))
  await write(store, [events.multipleExecutionRequested({ requestedBy: reader, cellsInfo })])
  const waiting = queueRows(store).filter((row) => row.status === 'pending').length
  say({ event: 'requested', ids: cellsInfo.map(({ queueId }) => queueId), waiting })
}

async function finalReport(): Promise<RunReport> {
  return {
    event: 'final',
    withoutOutput: await countMissingOutputs(),
    rows: queueRows(store).map(({ id, status, error, executionDurationMs: durationMs }) => ({
      id,
      status,
      error,
      durationMs,
    })),
    sessions: sessionRows(store).map(({ sessionId: id, isActive, terminationReason: reason }) => ({
      id,
      isActive,
      reason,
    })),
  }
}

async function countMissingOutputs(): Promise<number> {
  const written = new Set<string>()
  let missing = 0
  for (const event of await readEventLog(store)) {
    const { name, args } = event as { name: string; args: LoggedArguments }
    if (name.includes('TerminalOutput')) written.add(String(args.content?.data).trim())
    if (name !== 'v1.ExecutionCompleted' || args.status !== 'success') continue
    if (!written.has(`ran ${args.queueId}`)) missing += 1
  }
  return missing
}

interface LoggedArguments {
  readonly queueId?: string
  readonly status?: string
  readonly content?: { readonly data?: unknown }
}
