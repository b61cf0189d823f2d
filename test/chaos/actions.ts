import { events } from '@runtimed/schema'
import type { AnyActorRef } from 'xstate'
import { createFailure, FailureError, type FailureCode, type StopReason } from '../../machines/index.js'
import { breakMachine } from '../support/break-machine.js'
import type { ChaosNotebook } from './chaos-notebook.js'
import type { ChaosAgent } from './chaos-process.js'
import type { Command, CommandName } from './commands.js'
import type { ForeignSession } from './foreign-session.js'
import type { World } from './world.js'

type Action = (world: World, command: Command) => void | Promise<void>

const stopReasons: readonly StopReason[] = ['shutdown', 'timeout', 'error']
const startFailures: readonly FailureCode[] = ['startFailed', 'assetLoadFailed', 'noRuntime', 'probeFailed']
const handlerFailures: readonly FailureCode[] = ['handlerError', 'workerCrashed']
const crashCodes: readonly FailureCode[] = ['workerCrashed', 'outOfMemory', 'assetLoadFailed']
const jumpsMs: readonly number[] = [0, 1, 50, 100, 100, 200, 500, 1_000, 5_000, 10_000, 30_000, 600_000]

/** The member of a list that a number chooses; undefined when the list is empty. */
const chosen = <Item>(items: readonly Item[], pick: number): Item | undefined => items[pick % items.length]

const withAgent =
  (act: (agent: ChaosAgent, command: Command) => void): Action =>
  (world, command) => {
    const agent = world.agentAt(command.where)
    if (agent) act(agent, command)
  }

const withExecution = (act: (execution: AnyActorRef, command: Command) => void): Action =>
  withAgent((agent, command) => {
    const execution: AnyActorRef | undefined = agent.actorRef.getSnapshot().children['execution']
    if (execution) act(execution, command)
  })

const withNotebook =
  (act: (notebook: ChaosNotebook, command: Command) => unknown): Action =>
  (world, command) =>
    void act(world.notebookAt(command.where), command)

/** The notebooks whose stores have something to do come first. */
const withBusyNotebook =
  (act: (notebook: ChaosNotebook, command: Command) => void): Action =>
  (world, command) => {
    const busy = chosen(
      world.notebooks.filter((notebook) => notebook.hasWork),
      command.where,
    )
    if (busy) act(busy, command)
  }

const withForeign =
  (act: (foreign: ForeignSession, command: Command) => void): Action =>
  (world, command) => {
    const foreign = world.foreign[command.where % world.foreign.length]
    if (foreign && world.profile.isShared) act(foreign, command)
  }

const requestIn = (notebook: ChaosNotebook, pick: number) => {
  notebook.lastRequest++
  return {
    queueId: `q${notebook.lastRequest}`,
    cellId: notebook.cellAt(pick),
    executionCount: 1,
    requestedBy: 'user',
  }
}

/** A row that a client would choose: mostly one that has not ended. */
function rowIn({ store }: ChaosNotebook, { pick, how }: Command) {
  const live = [...store.logged.openIds, ...store.logged.pendingIds]
  const ids = live.length > 0 && how % 4 > 0 ? live : [...store.logged.queue.keys()]
  const id = chosen(ids, pick)
  return id === undefined ? undefined : store.logged.queue.get(id)
}

const crash = (code: FailureCode) => ({ code, message: `${code} by the test` })

/** What each command does; with nothing to do it on, nothing. */
export const actions: Readonly<Partial<Record<CommandName, Action>>> = {
  spawn: (world, { where, how }) => {
    const agent = world.process.ensureAgent(world.notebookAt(where))
    if (how % 3 > 0) agent?.actorRef.send({ type: 'agent.start' })
  },
  start: withAgent(({ actorRef }) => actorRef.send({ type: 'agent.start' })),
  stop: withAgent(({ actorRef }, { how }) =>
    actorRef.send({ type: 'agent.stop', reason: chosen(stopReasons, how) as StopReason }),
  ),
  restart: withAgent(({ actorRef }) => actorRef.send({ type: 'agent.restart' })),
  keep: withAgent(({ actorRef }) => actorRef.send({ type: 'agent.keep' })),
  pin: withAgent(({ actorRef }) => actorRef.send({ type: 'agent.pin' })),
  unpin: withAgent(({ actorRef }) => actorRef.send({ type: 'agent.unpin' })),
  interrupt: withAgent(({ actorRef }) => actorRef.send({ type: 'execution.interrupt' })),
  force: withAgent(({ actorRef }) => actorRef.send({ type: 'execution.force' })),

  request: withNotebook((notebook, { pick }) =>
    notebook.write(events.executionRequested(requestIn(notebook, pick))),
  ),
  requestMany: withNotebook((notebook, { how }) => {
    const requests = Array.from({ length: 2 + (how % 4) }, (_, index) => requestIn(notebook, index))
    const cellsInfo = requests.map(({ queueId, cellId: id, executionCount }) => ({
      queueId,
      id,
      executionCount,
    }))
    notebook.write(events.multipleExecutionRequested({ requestedBy: 'user', cellsInfo }))
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
  deleteCell: withNotebook((notebook, { pick }) => {
    const id = notebook.cellAt(pick)
    notebook.write(events.cellDeleted({ id, actorId: 'user' }))
  }),
  changeCell: withNotebook((notebook, { pick, how }) => {
    const id = notebook.cellAt(pick)
    notebook.write(
      events.cellCreated2({ id, fractionalIndex: 'm', cellType: 'code', createdBy: 'user' }),
      events.cellTypeChanged({ id, cellType: how % 6 === 0 ? 'markdown' : 'code' }),
    )
  }),

  deliver: (world, { where, pick }) =>
    chosen(
      [...world.process.agents.values()].filter(({ channel }) => channel.waiting > 0),
      where,
    )?.channel.deliver(pick),
  repeat: withAgent(({ channel }, { pick }) => channel.repeat(pick)),
  delay: withAgent(({ channel }) => channel.delay()),

  commit: withBusyNotebook(({ committer }) => committer.pump()),
  push: withBusyNotebook(({ store }) => store.push()),
  pushSome: withBusyNotebook(({ store }, { how }) => store.push(1 + (how % 3))),
  sync: withBusyNotebook(({ store }) => store.sync()),

  succeed: ({ process }, { pick }) => chosen(process.operations.open, pick)?.succeed(),
  fail: ({ process }, { pick, how }) => {
    const operation = chosen(process.operations.open, pick)
    const codes = operation?.kind === 'start' ? startFailures : handlerFailures
    const failure = createFailure(
      chosen(codes, how >> 2) as FailureCode,
      how % 3 === 0 ? { retryable: false } : {},
    )
    operation?.fail(how % 2 === 0 ? new Error('The test says no.') : new FailureError(failure))
  },
  crash: ({ process }, { pick, how }) => {
    const live = process.runtimes.filter((runtime) => !runtime.isDead)
    chosen(live, pick)?.crash(crash(chosen(crashCodes, how) ?? 'workerCrashed'))
  },
  lateCrash: ({ process }, { pick, how }) =>
    chosen(process.runtimes.slice(-20), pick)?.crash(crash(chosen(crashCodes, how) ?? 'workerCrashed')),
  displace: withAgent(({ watch, actorRef }, { how }) => {
    const { epoch } = actorRef.getSnapshot().context
    watch.send({ type: 'session.displaced', epoch: how % 4 === 0 ? epoch : epoch - 1 })
  }),

  passTime: (world, { how }) =>
    world.pass(Math.min(world.profile.longestJumpMs, chosen(jumpsMs, how) as number)),
  passToNextTimer: (world) =>
    world.pass(Math.min(world.profile.longestJumpMs, world.process.clock.nextInMs ?? 0)),

  approval: withExecution((execution, { how }) =>
    execution.send({ type: how % 2 === 0 ? 'approval.requested' : 'approval.responded' }),
  ),

  foreignStart: withForeign((foreign, { how }) => foreign.start(how % 4 === 0)),
  foreignClaim: withForeign((foreign) => foreign.claim()),
  foreignFinish: withForeign((foreign) => foreign.finish()),
  foreignLeave: withForeign((foreign, { how }) => foreign.leave(how % 2 === 0)),

  breakAgent: withAgent(({ actorRef }) => breakMachine(actorRef)),
  breakExecution: withExecution((execution) => execution.send({ type: 'handler.settled' })),
  breakIntake: withNotebook((notebook) => (notebook.isNextLookBroken = true)),
  storeDies: withNotebook(({ committer }) => committer.die('storeDied')),
  storeStalls: withNotebook(({ committer }) => committer.die('storeStalled')),
  closeDeadStore: ({ process }, { where }) => {
    const orphans = [...process.agents.values()].filter(({ notebook }) => notebook.store.isDead)
    chosen(orphans, where)?.actorRef.send({ type: 'agent.stop' })
  },
  processDies: (world, { how }) => {
    world.process.kill()
    world.renewProcess(how % 2 === 0)
  },
  drain: ({ process }) => process.registry.send({ type: 'registry.drain' }),
}
