import { events, tables } from '@runtimed/schema'
import { describe, expect, it } from 'vitest'
import { readExecutionEnd, type ExecutionHandler } from '../../src/index.js'
import {
  addCell,
  cancel,
  createGate,
  namesOf,
  outputsOf,
  openStore,
  queueRow,
  recordCommits,
  request,
  sessionRow,
  startAgent,
  until,
  untilStatus,
} from './support.js'

const idsUpTo = (count: number) => Array.from({ length: count }, (_, index) => `q${index}`)

describe('requests become runs', () => {
  it('D1 D3 D7 D13 D61 a burst of 50 requests with a handler that never yields gives 50 runs in order', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const runs: string[] = []
    await startAgent(store, {
      handler: async ({ queueEntry, display }) => {
        runs.push(queueEntry.id)
        await display({ 'text/html': `<b>${queueEntry.id}</b>` })
        return { success: true }
      },
    })
    const log = recordCommits(store)
    for (const id of idsUpTo(50)) request(store, id, 'c1')
    await untilStatus(store, 'q49', 'completed')
    expect(runs).toEqual(idsUpTo(50))
    expect(store.query(tables.executionQueue.where({ status: 'completed' })).length).toBe(50)
    expect(log.names().filter((name) => name === 'v1.ExecutionAssigned').length).toBe(50)
    const statuses = log.names().filter((name) => name === 'v1.RuntimeSessionStatusChanged')
    expect(statuses.length).toBeLessThanOrEqual(2)
  })

  it('D2 D7 staggered requests with a handler that yields never overlap', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    let running = 0
    let most = 0
    await startAgent(store, {
      handler: async () => {
        running += 1
        most = Math.max(most, running)
        await new Promise((resolve) => setTimeout(resolve, 2))
        running -= 1
        return { success: true }
      },
    })
    for (const id of idsUpTo(6)) {
      request(store, id, 'c1')
      await new Promise((resolve) => setImmediate(resolve))
    }
    await untilStatus(store, 'q5', 'completed')
    expect(most).toBe(1)
  })

  it('D14 a backlog from before the start runs once each, in request order and not in id order', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    for (const id of ['z', 'm', 'a']) request(store, id, 'c1')
    request(store, 'm', 'c1')
    const runs: string[] = []
    await startAgent(store, {
      handler: async ({ queueEntry }) => {
        runs.push(queueEntry.id)
        return { success: true }
      },
    })
    await untilStatus(store, 'a', 'completed')
    expect(runs).toEqual(['z', 'm', 'a'])
  })

  it('multipleExecutionRequested runs the cells in the order of its list', async () => {
    const store = await openStore()
    const cells = ['c3', 'c1', 'c2']
    for (const id of cells) addCell(store, id)
    const runs: string[] = []
    await startAgent(store, {
      handler: async ({ cell }) => {
        runs.push(cell.id)
        return { success: true }
      },
    })
    store.commit(
      events.multipleExecutionRequested({
        requestedBy: 'ada',
        cellsInfo: cells.map((id) => ({ id, executionCount: 1, queueId: `run-${id}` })),
      }),
    )
    await untilStatus(store, 'run-c2', 'completed')
    expect(runs).toEqual(cells)
  })

  it('a short run writes its claim, its result and its end in two commits, and no status', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    await startAgent(store, { handler: async () => ({ success: true, data: { 'text/plain': '2' } }) })
    const log = recordCommits(store)
    request(store, 'q1', 'c1', 7)
    await untilStatus(store, 'q1', 'completed')
    expect(log.commits.map(namesOf)).toEqual([
      ['v1.ExecutionRequested'],
      ['v1.ExecutionAssigned', 'v1.ExecutionStarted'],
      ['v1.MultimediaResultOutputAdded', 'v1.ExecutionCompleted'],
    ])
    expect(outputsOf(store, 'c1')[0]).toMatchObject({ outputType: 'multimedia_result', executionCount: 7 })
  })

  it('a second run of a cell clears the outputs of the first, also back to back', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    await startAgent(store, {
      handler: async ({ queueEntry }) => ({ success: true, data: { 'text/plain': queueEntry.id } }),
    })
    for (const id of ['q1', 'q2']) request(store, id, 'c1')
    await untilStatus(store, 'q2', 'completed')
    expect(outputsOf(store, 'c1').map((output) => output.data)).toEqual(['q2'])
    request(store, 'q3', 'c1')
    await untilStatus(store, 'q3', 'completed')
    expect(outputsOf(store, 'c1').map((output) => output.data)).toEqual(['q3'])
  })

  it('a session runs only what it has claimed itself: a row that someone else assigned to it ends as lost with it', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const runs: string[] = []
    const first = createGate()
    const handler: ExecutionHandler = async ({ queueEntry }) => {
      runs.push(queueEntry.id)
      if (queueEntry.id === 'q1') await first.opened
      return { success: true }
    }
    const agent = await startAgent(store, { handler })
    request(store, 'q1', 'c1')
    request(store, 'q2', 'c1')
    request(store, 'q3', 'c1')
    await until(() => runs.length === 1)
    store.commit(events.executionAssigned({ queueId: 'q2', runtimeSessionId: agent.config.sessionId }))
    first.open()
    await untilStatus(store, 'q3', 'completed')
    await agent.shutdown()
    await startAgent(store, { handler })
    await untilStatus(store, 'q2', 'failed')
    expect(runs).toEqual(['q1', 'q3'])
    expect(readExecutionEnd(store, 'q2')).toMatchObject({ outcome: 'lost' })
  })

  it('D9 an execution whose row was ended by another client is stopped and writes no end', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const gate = createGate()
    const stopped: string[] = []
    const agent = await startAgent(store, {
      handler: async ({ abortSignal }) => {
        abortSignal.addEventListener('abort', gate.open)
        await gate.opened
        return { success: true }
      },
    })
    agent.onCancellation((_queueId, _cellId, reason) => void stopped.push(reason))
    request(store, 'q1', 'c1')
    await untilStatus(store, 'q1', 'executing')
    const log = recordCommits(store)
    store.commit(
      events.executionCompleted({
        queueId: 'q1',
        cellId: 'c1',
        status: 'success',
        completedAt: new Date(),
        executionDurationMs: 1,
      }),
    )
    await until(() => agent.activeExecutions.size === 0 && stopped.length > 0)
    await agent.shutdown()
    expect(stopped).toEqual(['ended by another client'])
    expect(log.names().filter((name) => name === 'v1.ExecutionCompleted').length).toBe(1)
  })

  it('D30 a burst that lasts is one busy and one ready', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const agent = await startAgent(store, {
      handler: async () => {
        await until(() => statusNow() === 'busy')
        return { success: true }
      },
    })
    const statusNow = () => sessionRow(store, agent.config.sessionId).status
    const log = recordCommits(store)
    for (const id of idsUpTo(3)) request(store, id, 'c1')
    await untilStatus(store, 'q2', 'completed')
    await until(() => statusNow() === 'ready')
    expect(log.names().filter((name) => name === 'v1.RuntimeSessionStatusChanged').length).toBe(2)
  })
})

describe('requests that cannot run', () => {
  it('D8 cells that the capabilities do not cover get an error output and a failed row', async () => {
    const store = await openStore()
    const kinds = ['markdown', 'sql', 'ai', 'raw'] as const
    for (const kind of kinds) addCell(store, kind, '', kind)
    const runs: string[] = []
    const agent = await startAgent(store, {
      handler: async ({ cell }) => {
        runs.push(cell.id)
        return { success: true }
      },
    })
    for (const kind of kinds) request(store, `q-${kind}`, kind)
    await untilStatus(store, 'q-raw', 'failed')
    expect(runs).toEqual([])
    expect(sessionRow(store, agent.config.sessionId).status).toBe('ready')
    for (const kind of kinds) {
      const row = queueRow(store, `q-${kind}`)
      expect(row).toMatchObject({ status: 'failed', outcome: 'error' })
      expect(row.error).toContain(`cannot run cells of type "${kind}"`)
      expect(outputsOf(store, kind).map((output) => output.outputType)).toEqual(['error'])
    }
  })

  it('D8 sql and ai cells run when the capabilities cover them', async () => {
    const store = await openStore()
    addCell(store, 'sql', '', 'sql')
    addCell(store, 'ai', '', 'ai')
    await startAgent(store, {
      capabilities: { canExecuteCode: false, canExecuteSql: true, canExecuteAi: true },
    })
    request(store, 'q1', 'sql')
    request(store, 'q2', 'ai')
    await untilStatus(store, 'q1', 'completed')
    await untilStatus(store, 'q2', 'completed')
  })

  it('D10 a request for a missing cell ends as failed and says so', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    await startAgent(store)
    request(store, 'q1', 'ghost')
    request(store, 'q2', 'c1')
    await untilStatus(store, 'q2', 'completed')
    expect(queueRow(store, 'q1')).toMatchObject({ status: 'failed', error: expect.stringContaining('ghost') })
  })
})

describe('cancellation', () => {
  it('D4 a request that is cancelled before it is claimed never runs', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const runs: string[] = []
    await startAgent(store, {
      handler: async ({ queueEntry }) => {
        runs.push(queueEntry.id)
        return { success: true }
      },
    })
    request(store, 'q1', 'c1')
    cancel(store, 'q1', 'c1')
    request(store, 'q2', 'c1')
    await untilStatus(store, 'q2', 'completed')
    expect(runs).toEqual(['q2'])
    expect(queueRow(store, 'q1').status).toBe('cancelled')
  })

  it('D6 a row that is cancelled while it waits behind another one never runs', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const runs: string[] = []
    const gate = createGate()
    await startAgent(store, {
      handler: async ({ queueEntry }) => {
        runs.push(queueEntry.id)
        if (queueEntry.id === 'q1') await gate.opened
        return { success: true }
      },
    })
    for (const id of ['q1', 'q2', 'q3']) request(store, id, 'c1')
    await untilStatus(store, 'q1', 'executing')
    cancel(store, 'q2', 'c1')
    gate.open()
    await untilStatus(store, 'q3', 'completed')
    expect(runs).toEqual(['q1', 'q3'])
    expect(queueRow(store, 'q2').status).toBe('cancelled')
  })

  it('D5 D44 D58 a handler that ignores the abort ends as cancelled, with its later outputs dropped', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const gate = createGate()
    const told: unknown[] = []
    const agent = await startAgent(store, {
      handler: async ({ stdout, display }) => {
        stdout('before\n')
        await gate.opened
        stdout('after\n')
        await display({ 'text/plain': 'after' })
        return { success: true, data: { 'text/plain': 'after' } }
      },
    })
    agent.onCancellation((...call) => void told.push(call))
    request(store, 'q1', 'c1')
    await until(() => agent.activeExecutions.has('q1'))
    await until(() => queueRow(store, 'q1').status === 'executing')
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    cancel(store, 'q1', 'c1', 'changed my mind')
    await until(() => told.length > 0)
    gate.open()
    request(store, 'q2', 'ghost')
    await untilStatus(store, 'q2', 'failed')
    expect(told).toEqual([['q1', 'c1', 'changed my mind']])
    expect(queueRow(store, 'q1')).toMatchObject({ status: 'cancelled', cancelReason: 'changed my mind' })
    expect(outputsOf(store, 'c1').map((output) => output.data)).toEqual(['before\n'])
  })

  it('D4 a request that is cancelled between its claim and its start never runs', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const runs: string[] = []
    await startAgent(store, {
      handler: async ({ queueEntry }) => {
        runs.push(queueEntry.id)
        return { success: true }
      },
    })
    const statusAtClaim = createGate()
    const commit = store.commit.bind(store) as (...list: { name: string }[]) => void
    store.commit = ((...list: { name: string }[]) => {
      commit(...list)
      if (list.some(({ name }) => name === 'v1.ExecutionAssigned' && runs.length === 0)) statusAtClaim.open()
    }) as unknown as typeof store.commit
    request(store, 'q1', 'c1')
    await statusAtClaim.opened
    expect(queueRow(store, 'q1').status).toBe('executing')
    cancel(store, 'q1', 'c1')
    request(store, 'q2', 'c1')
    await untilStatus(store, 'q2', 'completed')
    expect(runs).toEqual(['q2'])
  })

  it('D5 the end is recorded only for a row that is still running, even if nobody watches the queue', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const gate = createGate()
    const agent = await startAgent(store, {
      handler: async () => {
        await gate.opened
        return { success: true }
      },
    })
    request(store, 'q1', 'c1')
    await until(() => agent.activeExecutions.has('q1'))
    for (const unsubscribe of agent.subscriptions.splice(0)) unsubscribe()
    cancel(store, 'q1', 'c1')
    const log = recordCommits(store)
    gate.open()
    await until(() => agent.activeExecutions.size === 0)
    await agent.shutdown()
    expect(queueRow(store, 'q1').status).toBe('cancelled')
    expect(log.names()).not.toContain('v1.ExecutionCompleted')
  })

  it('D42 D43 cancellation handlers run outside the store callback, and their failures stop nothing', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const told: string[] = []
    const agent = await startAgent(store, {
      handler: ({ abortSignal }) =>
        new Promise((resolve) => abortSignal.addEventListener('abort', () => resolve({ success: true }))),
    })
    agent.onCancellation(() => {
      throw new Error('synchronous failure')
    })
    agent.onCancellation(() => Promise.reject(new Error('asynchronous failure')))
    agent.onCancellation((queueId) => {
      told.push(queueId)
      store.commit(events.presenceSet({ userId: 'ada', cellId: 'c1' }))
    })
    request(store, 'q1', 'c1')
    await untilStatus(store, 'q1', 'executing')
    cancel(store, 'q1', 'c1')
    expect(told).toEqual([])
    await until(() => told.length === 1)
    agent.onExecution(async () => ({ success: true }))
    request(store, 'q2', 'c1')
    await untilStatus(store, 'q2', 'completed')
    expect(agent.isShuttingDown).toBe(false)
  })

  it('allExecutionsCancelled stops the running execution and empties the queue', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const reasons: string[] = []
    const agent = await startAgent(store, {
      handler: ({ abortSignal, checkCancellation }) =>
        new Promise((_, reject) =>
          abortSignal.addEventListener('abort', () => {
            try {
              checkCancellation()
            } catch (error) {
              reject(error)
            }
          }),
        ),
    })
    agent.onCancellation((_queueId, _cellId, reason) => void reasons.push(reason))
    for (const id of idsUpTo(4)) request(store, id, 'c1')
    await untilStatus(store, 'q0', 'executing')
    await until(() => agent.activeExecutions.size === 1)
    store.commit(events.allExecutionsCancelled())
    await until(() => agent.activeExecutions.size === 0)
    expect(reasons).toEqual(['all executions cancelled'])
    expect(store.query(tables.executionQueue.where({ status: 'cancelled' })).length).toBe(4)
    expect(outputsOf(store, 'c1')).toEqual([])
  })
})
