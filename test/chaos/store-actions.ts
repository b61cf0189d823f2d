import { events } from '@runtimed/schema'
import { createFailure, FailureError, type FailureCode } from '../../machines/index.js'
import type { RegistryAgent } from '../../src/registry/registry-agent.js'
import type { Command, CommandName } from './commands.js'
import type { StoreNotebook } from './store-notebook.js'
import type { StoreWorld } from './store-world.js'
import { breakMachine } from '../support/break-machine.js'
import { isTerminal } from './rows.js'

type StoreAction = (world: StoreWorld, command: Command) => void | Promise<void>

const jumpsMs: readonly number[] = [50, 100, 100, 200, 1_000, 5_000, 10_000, 60_000]
const startFailures: readonly FailureCode[] = ['startFailed', 'assetLoadFailed', 'probeFailed']

const chosen = <Item>(items: readonly Item[], pick: number): Item | undefined => items[pick % items.length]

const withAgent =
  (act: (agent: RegistryAgent, command: Command) => void): StoreAction =>
  (world, command) => {
    const agent = world.agentAt(command.where)
    if (agent?.getSnapshot().status === 'active') act(agent, command)
  }

const withNotebook =
  (act: (notebook: StoreNotebook, command: Command) => void | Promise<void>): StoreAction =>
  (world, command) =>
    act(world.notebookAt(command.where), command)

const requestIn = (notebook: StoreNotebook, pick: number) => ({
  queueId: `q${++notebook.lastRequest}`,
  cellId: notebook.cellAt(pick),
  executionCount: 1,
  requestedBy: 'user',
})

/** A row that a client would choose: mostly one that has not ended. */
function rowIn(notebook: StoreNotebook, { pick, how }: Command) {
  const rows = notebook.rows()
  const live = rows.filter((row) => !isTerminal(row.status))
  return chosen(live.length > 0 && how % 4 > 0 ? live : rows, pick)
}

/** What each command does to real stores; those that are not here belong to stores that are only played. */
export const storeActions: Partial<Record<CommandName, StoreAction>> = {
  spawn: withNotebookAndWorld((world, notebook) => world.ask(notebook)),
  start: withNotebookAndWorld((world, notebook) => world.ask(notebook)),
  stop: withAgent((agent) => void agent.shutdown()),
  restart: withAgent((agent) => agent.restart()),
  interrupt: withAgent((agent) => agent.interrupt()),
  force: withAgent((agent) => agent.force()),
  keep: withAgent((agent) => agent.keep()),
  pin: withAgent((agent) => agent.pin()),
  unpin: withAgent((agent) => agent.unpin()),

  request: withNotebook((notebook, { pick }) =>
    notebook.write(events.executionRequested(requestIn(notebook, pick))),
  ),
  requestMany: withNotebook((notebook, { how }) => {
    const requests = Array.from({ length: 2 + (how % 4) }, (_, index) => requestIn(notebook, index))
    notebook.write(...requests.map((request) => events.executionRequested(request)))
  }),
  requestAgain: withNotebook((notebook, command) => {
    const row = rowIn(notebook, command)
    if (!row) return
    const { id: queueId, cellId, executionCount, requestedBy } = row
    notebook.write(events.executionRequested({ queueId, cellId, executionCount, requestedBy }))
  }),
  cancel: withNotebook((notebook, command) => {
    const row = rowIn(notebook, command)
    if (!row) return
    const { id: queueId, cellId } = row
    notebook.write(events.executionCancelled({ queueId, cellId, cancelledBy: 'user', reason: 'not needed' }))
  }),
  cancelAll: withNotebook((notebook) => notebook.write(events.allExecutionsCancelled())),
  deleteCell: withNotebook((notebook, { pick }) =>
    notebook.write(events.cellDeleted({ id: notebook.cellAt(pick), actorId: 'user' })),
  ),
  changeCell: withNotebook((notebook, { pick, how }) => {
    const id = notebook.cellAt(pick)
    notebook.write(
      events.cellCreated2({ id, fractionalIndex: 'm', cellType: 'code', createdBy: 'user' }),
      events.cellTypeChanged({ id, cellType: how % 6 === 0 ? 'markdown' : 'code' }),
    )
  }),
  foreignStart: withNotebook((notebook) => {
    const session = notebook.sessions().find((row) => row.isActive)
    if (!session) return
    notebook.write(events.runtimeSessionTerminated({ sessionId: session.sessionId, reason: 'displaced' }))
  }),

  succeed: ({ operations }, { pick }) => chosen(operations.open, pick)?.succeed(),
  fail: ({ operations }, { pick, how }) => {
    const failure = createFailure(chosen(startFailures, how >> 2) as FailureCode)
    chosen(operations.open, pick)?.fail(
      how % 2 === 0 ? new Error('The test says no.') : new FailureError(failure),
    )
  },
  crash: ({ runtimes }, { pick }) => {
    const live = runtimes.filter((runtime) => !runtime.isDead)
    chosen(live, pick)?.crash({ code: 'workerCrashed', message: 'ended by the test' })
  },
  lateCrash: ({ runtimes }, { pick }) =>
    chosen(runtimes, pick)?.crash({ code: 'workerCrashed', message: 'ended by the test' }),
  passTime: (world, { how }) => world.pass(chosen(jumpsMs, how) as number),
  passToNextTimer: (world) => world.pass(Math.min(60_000, world.clock.nextInMs ?? 0)),

  breakAgent: withAgent(({ actorRef }) => breakMachine(actorRef)),
  breakIntake: (world, { where }) => void (world.notebookAt(where).isNextLookBroken = true),
  processDies: (world) => world.renewProcess(),
  closeStore: withNotebook((notebook) => notebook.reopen()),
  foreignStore: (world, { where, pick }) =>
    world.askWrongly(world.notebookAt(where), world.notebookAt(where + 1 + pick)),
}

function withNotebookAndWorld(act: (world: StoreWorld, notebook: StoreNotebook) => void): StoreAction {
  return (world, { where }) => act(world, world.notebookAt(where))
}
