import { RuntimeAgent, type RuntimeAgentEventHandlers } from '@runtimed/agent-core'
import { events, tables, type FileData, type Store } from '@runtimed/schema'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  createFailure,
  defineExecutionHandler,
  FailureError,
  readExecutionEnd,
  type HandlerInstance,
  type HandlerStartOptions,
} from '../../src/index.js'
import {
  addCell,
  cancel,
  codeOnly,
  configFor,
  createAgent,
  createGate,
  namesOf,
  openStore,
  outputsOf,
  queueRow,
  reasonOf,
  recordCommits,
  request,
  sessionRow,
  startAgent,
  until,
  untilStatus,
} from './support.js'

const sessionEvent = (sessionId: string) =>
  events.runtimeSessionStarted({
    sessionId,
    runtimeId: 'other',
    runtimeType: 'test',
    capabilities: { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false },
  })

const untilAborted = ({ abortSignal }: { abortSignal: AbortSignal }) =>
  new Promise<{ success: boolean }>((resolve) =>
    abortSignal.addEventListener('abort', () => resolve({ success: true })),
  )

const activeSessions = (store: Store) =>
  store.query(tables.runtimeSessions.select('sessionId').where({ isActive: true }))

const shutDown = 'The runtime was shut down.'

afterEach(() => {
  vi.useRealTimers()
})

describe('start', () => {
  it('D27 D33 the session is announced, and takes over once its runtime is up: in one commit it displaces the others and is ready', async () => {
    const store = await openStore()
    store.commit(sessionEvent('old-1'), sessionEvent('old-2'))
    const agent = createAgent(store)
    const log = recordCommits(store)
    await agent.start()
    expect(log.names()).toEqual([
      'v1.RuntimeSessionStarted',
      'v1.RuntimeSessionTerminated',
      'v1.RuntimeSessionTerminated',
      'v1.RuntimeSessionStatusChanged',
      'v1.RuntimeSessionRenewal',
    ])
    expect(
      log.commits.map(namesOf).find((commit) => commit.includes('v1.RuntimeSessionTerminated')),
    ).toContain('v1.RuntimeSessionStatusChanged')
    expect(activeSessions(store)).toEqual([agent.config.sessionId])
    const row = sessionRow(store, agent.config.sessionId)
    expect(row.status).toBe('ready')
    expect(row.expiresAt!.getTime() - row.lastRenewedAt!.getTime()).toBe(30_000)
    expect(sessionRow(store, 'old-1').terminationReason).toBe('displaced')
  })

  it('D12 claimed rows of sessions that are gone end as lost, visibly', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    addCell(store, 'c2')
    request(store, 'q1', 'c1')
    request(store, 'q2', 'c2')
    store.commit(
      sessionEvent('dead'),
      events.executionAssigned({ queueId: 'q1', runtimeSessionId: 'dead' }),
      events.executionAssigned({ queueId: 'q2', runtimeSessionId: 'dead' }),
      events.executionStarted({
        queueId: 'q2',
        cellId: 'c2',
        runtimeSessionId: 'dead',
        startedAt: new Date(),
      }),
      events.runtimeSessionTerminated({ sessionId: 'dead', reason: 'timeout' }),
    )
    await startAgent(store)
    for (const id of ['q1', 'q2']) {
      await untilStatus(store, id, 'failed')
      expect(queueRow(store, id)).toMatchObject({
        status: 'failed',
        error: expect.stringMatching(/^lost: .*dead/),
      })
    }
    expect(outputsOf(store, 'c2').map((output) => output.outputType)).toEqual(['error'])
  })

  it('D24 a second start gives the same start: one session, one set of subscriptions', async () => {
    const store = await openStore()
    const agent = createAgent(store)
    await Promise.all([agent.start(), agent.start()])
    const subscriptions = agent.subscriptions.length
    await agent.start()
    expect(agent.subscriptions.length).toBe(subscriptions)
    expect(store.query(tables.runtimeSessions).length).toBe(1)
  })

  it('D23 D36 an unusable configuration is refused before anything is written', async () => {
    const store = await openStore()
    const told: string[] = []
    const agent = createAgent(store, {
      options: { syncUrl: 'not a url' },
      handlers: {
        onStartup: () => void told.push('startup'),
        onDisconnected: (error) => void told.push(error!.message),
      },
    })
    await expect(agent.start()).rejects.toThrow(/Missing required configuration:[^]*syncUrl/)
    expect(store.query(tables.runtimeSessions).length).toBe(0)
    expect(told.length).toBe(1)
    expect(agent.subscriptions.length).toBe(0)
  })

  it('D23 a start that fails after the session was announced takes everything back and may be repeated', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    class Fragile extends RuntimeAgent {
      isBroken = true
      protected override setupShutdownHandlers(): void {
        if (this.isBroken) throw new Error('no signals here')
      }
    }
    const agent = new Fragile(configFor(store), codeOnly)
    agent.onExecution(async () => ({ success: true }))
    await expect(agent.start()).rejects.toThrow('no signals here')
    expect(sessionRow(store, agent.config.sessionId)).toMatchObject({
      isActive: false,
      terminationReason: 'error',
    })
    expect(agent.subscriptions.length).toBe(0)
    expect(agent.renewalInterval).toBeUndefined()
    request(store, 'q1', 'c1')
    await new Promise((resolve) => setTimeout(resolve, 0))
    expect(queueRow(store, 'q1').status).toBe('pending')
    agent.isBroken = false
    await agent.start()
    await untilStatus(store, 'q1', 'completed')
    await agent.shutdown()
  })

  it('a start whose onStartup rejects leaves no session', async () => {
    const store = await openStore()
    const agent = createAgent(store, {
      handlers: { onStartup: () => Promise.reject(new Error('no interpreter')) },
    })
    await expect(agent.start()).rejects.toThrow('no interpreter')
    expect(activeSessions(store)).toEqual([])
  })

  it('an agent on a closed store does not start, and one that was shut down does not start again', async () => {
    const store = await openStore()
    const agent = await startAgent(store)
    await agent.shutdown()
    const again = createAgent(store)
    await again.shutdown()
    await expect(again.start()).rejects.toThrow('was shut down')
    await store.shutdownPromise()
    await expect(createAgent(store).start()).rejects.toThrow('has ended')
  })

  it('D16 D17 D18 no global listeners are added, whether the platform has them or not', async () => {
    const store = await openStore()
    const before = process.eventNames().map((name) => process.listenerCount(name))
    const first = await startAgent(store)
    await first.shutdown()
    const addEventListener = vi.fn()
    vi.stubGlobal('addEventListener', addEventListener)
    await startAgent(store)
    vi.unstubAllGlobals()
    expect(addEventListener).not.toHaveBeenCalled()
    expect(process.eventNames().map((name) => process.listenerCount(name))).toEqual(before)
  })

  it('D17 listeners that a subclass adds are removed at shutdown', async () => {
    const store = await openStore()
    const target = new EventTarget()
    const seen: string[] = []
    class Listening extends RuntimeAgent {
      protected override setupShutdownHandlers(): void {
        this.listenUntilShutdown(target, 'bye', () => seen.push('bye'))
      }
    }
    const agent = new Listening(configFor(store), codeOnly)
    await agent.start()
    target.dispatchEvent(new Event('bye'))
    await agent.shutdown()
    target.dispatchEvent(new Event('bye'))
    expect(seen).toEqual(['bye'])
  })

  it('D37 the constructor argument is announced, and changed capabilities are announced again', async () => {
    const store = await openStore()
    addCell(store, 'ai', '', 'ai')
    const agent = await startAgent(store)
    const { sessionId } = agent.config
    expect(sessionRow(store, sessionId).canExecuteAi).toBe(false)
    const model = { name: 'm', displayName: 'M', provider: 'p', capabilities: ['tools' as const] }
    agent.capabilities = { ...codeOnly, canExecuteAi: true, availableAiModels: [model] }
    await until(
      () => sessionRow(store, sessionId).canExecuteAi && sessionRow(store, sessionId).expiresAt !== null,
    )
    expect(sessionRow(store, sessionId)).toMatchObject({
      canExecuteAi: true,
      availableAiModels: [model],
      status: 'ready',
      isActive: true,
    })
    request(store, 'q1', 'ai')
    await untilStatus(store, 'q1', 'completed')
  })
})

describe('a handler with a runtime of its own', () => {
  const withRuntime = (instance: (options: HandlerStartOptions) => Partial<HandlerInstance>) =>
    defineExecutionHandler({
      name: 'own',
      capabilities: codeOnly,
      create: (options) => ({
        execute: async () => ({ success: true }),
        dispose: async () => {},
        ...instance(options),
      }),
    })

  it('a start whose runtime does not come up leaves no session, and may be repeated', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const told: string[] = []
    let isBroken = true
    const agent = createAgent(store, {
      handler: withRuntime(() => ({
        start: async () => {
          if (isBroken) throw new FailureError(createFailure('assetLoadFailed'))
        },
      })),
      handlers: { onDisconnected: (error) => void told.push(error?.message ?? '') },
    })
    await expect(agent.start()).rejects.toMatchObject({ code: 'RUNTIME_FAILED' })
    expect(activeSessions(store)).toEqual([])
    expect(agent.isShuttingDown).toBe(false)
    expect(told.length).toBe(1)
    isBroken = false
    await agent.start()
    request(store, 'q1', 'c1')
    await untilStatus(store, 'q1', 'completed')
  })

  it('a runtime that breaks and can come back has a new session; one that cannot ends the agent', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const told: unknown[] = []
    let crash: HandlerStartOptions['onCrash'] = () => {}
    const agent = await startAgent(store, {
      handler: withRuntime(({ onCrash }) => {
        crash = onCrash
        return {}
      }),
      handlers: { onDisconnected: (error) => void told.push(error), onShutdown: () => void told.push('end') },
    })
    crash({ code: 'workerCrashed', message: 'It broke.' })
    request(store, 'q1', 'c1')
    await untilStatus(store, 'q1', 'completed')
    expect(queueRow(store, 'q1').assignedRuntimeSession).toBe(`${agent.config.sessionId}-2`)
    expect(told).toEqual([])
    crash({ code: 'assetLoadFailed', message: 'It broke for good.' })
    await agent.keepAlive()
    expect(told).toEqual([
      expect.objectContaining({ code: 'RUNTIME_FAILED', message: expect.stringContaining('for good') }),
      'end',
    ])
    expect(activeSessions(store)).toEqual([])
    await expect(agent.start()).rejects.toMatchObject({ code: 'AGENT_STOPPED' })
  })
})

describe('renewal and displacement', () => {
  it('D26 renewalInterval is the timer of the next renewal until the session is over', async () => {
    const store = await openStore()
    const agent = createAgent(store)
    expect(agent.renewalInterval).toBeUndefined()
    await agent.start()
    expect(agent.renewalInterval).toBeDefined()
    await agent.shutdown()
    expect(agent.renewalInterval).toBeUndefined()
  })

  it('D25 D26 a displaced agent stops its execution, tells its handlers and renews no more', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const told: string[] = []
    const first = await startAgent(store, {
      handler: untilAborted,
      handlers: {
        onShutdown: () => void told.push('shutdown'),
        onDisconnected: (error) => void told.push(error?.message ?? ''),
      },
    })
    first.onCancellation((_queueId, _cellId, reason) => void told.push(reason))
    request(store, 'q1', 'c1')
    await untilStatus(store, 'q1', 'executing')
    await until(() => first.activeExecutions.size === 1)
    const second = await startAgent(store)
    await first.keepAlive()
    expect(told.toSorted()).toEqual(
      [
        createFailure('displaced').message,
        'shutdown',
        `[AGENT_STOPPED] The runtime session of notebook "${store.storeId}" was ended by another client.`,
      ].toSorted(),
    )
    expect(first.renewalInterval).toBeUndefined()
    expect(queueRow(store, 'q1')).toMatchObject({ status: 'failed', error: expect.stringContaining('lost') })
    request(store, 'q2', 'c1')
    await untilStatus(store, 'q2', 'completed')
    expect(queueRow(store, 'q2').assignedRuntimeSession).toBe(second.config.sessionId)
  })

  it('D25 an execution that nobody else ended is recorded as lost when the session was terminated', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const agent = await startAgent(store, { handler: untilAborted })
    request(store, 'q1', 'c1')
    await untilStatus(store, 'q1', 'executing')
    store.commit(events.runtimeSessionTerminated({ sessionId: agent.config.sessionId, reason: 'timeout' }))
    await agent.keepAlive()
    expect(readExecutionEnd(store, 'q1')).toMatchObject({ outcome: 'lost', failure: { code: 'displaced' } })
    expect(sessionRow(store, agent.config.sessionId).terminationReason).toBe('timeout')
  })

  it('D29 an agent that slept past its expiry renews before it claims', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const agent = await startAgent(store)
    const log = recordCommits(store)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 })
    request(store, 'q1', 'c1')
    await untilStatus(store, 'q1', 'completed')
    expect(log.names().indexOf('v1.RuntimeSessionRenewal')).toBeLessThan(
      log.names().indexOf('v1.ExecutionAssigned'),
    )
    expect(log.names()).toContain('v1.RuntimeSessionRenewal')
    expect(agent.isShuttingDown).toBe(false)
  })

  it('D32 a rival that started earlier in the log is displaced, one that started later is not', async () => {
    const store = await openStore()
    store.commit(
      sessionEvent('older'),
      events.runtimeSessionTerminated({ sessionId: 'older', reason: 'shutdown' }),
    )
    const agent = await startAgent(store)
    store.commit(sessionEvent('newer'))
    await new Promise((resolve) => setTimeout(resolve, 0))
    expect(activeSessions(store).toSorted()).toEqual([agent.config.sessionId, 'newer'].toSorted())
    agent.capabilities = { ...codeOnly }
    await until(() => !activeSessions(store).includes('newer'))
    expect(sessionRow(store, 'newer').terminationReason).toBe('displaced')
  })

  it('D28 a closed store ends the agent without an uncaught exception', async () => {
    const store = await openStore()
    const told: string[] = []
    const agent = createAgent(store, { handlers: { onDisconnected: () => void told.push('disconnected') } })
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    await agent.start()
    await store.shutdownPromise()
    vi.advanceTimersByTime(30_000)
    await agent.keepAlive()
    expect(told).toEqual(['disconnected'])
    expect(agent.isShuttingDown).toBe(true)
  })
})

describe('shutdown', () => {
  it('D19 D20 D21 the running execution ends as cancelled, the session as terminated, the store stays open', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const agent = await startAgent(store, { handler: untilAborted })
    request(store, 'q1', 'c1')
    request(store, 'q2', 'c1')
    await untilStatus(store, 'q1', 'executing')
    await until(() => agent.activeExecutions.size === 1)
    const log = recordCommits(store)
    await Promise.all([agent.shutdown(), agent.shutdown()])
    expect(log.names()).toEqual(['v1.ExecutionCancelled', 'v1.RuntimeSessionTerminated'])
    expect(queueRow(store, 'q1')).toMatchObject({ status: 'cancelled', cancelReason: shutDown })
    expect(queueRow(store, 'q2').status).toBe('pending')
    store.commit(events.presenceSet({ userId: 'ada' }))
    expect(store.query(tables.presence.where({ userId: 'ada' })).length).toBe(1)
  })

  it('an onShutdown that never ends holds shutdown up only for the given time', async () => {
    const store = await openStore()
    const agent = await startAgent(store, { handlers: { onShutdown: () => new Promise<void>(() => {}) } })
    agent.shutdownTimeoutMs = 20
    await agent.shutdown()
    expect(sessionRow(store, agent.config.sessionId).isActive).toBe(false)
  })

  it('D21 an execution that never ends does not hold shutdown up, and what it still writes is dropped', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const gate = createGate()
    const agent = await startAgent(store, {
      handler: async ({ stdout }) => {
        await gate.opened
        stdout('too late')
        return { success: true }
      },
    })
    request(store, 'q1', 'c1')
    await untilStatus(store, 'q1', 'executing')
    await until(() => agent.activeExecutions.size === 1)
    await agent.shutdown()
    expect(queueRow(store, 'q1')).toMatchObject({ status: 'cancelled', cancelReason: shutDown })
    const log = recordCommits(store)
    gate.open()
    await new Promise((resolve) => setTimeout(resolve, 0))
    expect(log.names()).toEqual([])
  })

  it('D35 a throwing onShutdown skips nothing', async () => {
    const store = await openStore()
    const handlers: RuntimeAgentEventHandlers = {
      onShutdown: () => {
        throw new Error('broken')
      },
    }
    const agent = await startAgent(store, { handlers })
    await agent.shutdown()
    expect(sessionRow(store, agent.config.sessionId)).toMatchObject({
      isActive: false,
      terminationReason: 'shutdown',
    })
    expect(agent.subscriptions).toEqual([])
  })

  it('D22 requests behind the running one stay pending when the owner sets isShuttingDown', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const runs: string[] = []
    const agent = await startAgent(store, {
      handler: async (context) => {
        runs.push(context.queueEntry.id)
        return untilAborted(context)
      },
    })
    request(store, 'q1', 'c1')
    request(store, 'q2', 'c1')
    await until(() => runs.length === 1)
    agent.isShuttingDown = true
    await untilStatus(store, 'q1', 'cancelled')
    await agent.keepAlive()
    expect(runs).toEqual(['q1'])
    expect(queueRow(store, 'q2').status).toBe('pending')
  })

  it("an owner's own shutdown sequence works, and shutdown() after it terminates nothing twice", async () => {
    const store = await openStore()
    let shutdowns = 0
    const agent = await startAgent(store, { handlers: { onShutdown: () => void (shutdowns += 1) } })
    const kept = agent.keepAlive()
    const log = recordCommits(store)
    await agent.handlers.onShutdown?.()
    for (const unsubscribe of agent.subscriptions) unsubscribe()
    agent.subscriptions = []
    agent.store.commit(
      events.runtimeSessionTerminated({ sessionId: agent.config.sessionId, reason: 'shutdown' }),
    )
    clearInterval(agent.renewalInterval)
    agent.renewalInterval = undefined
    agent.cleanupShutdownHandlers()
    agent.isShuttingDown = true
    await kept
    await agent.shutdown()
    expect(log.names()).toEqual(['v1.RuntimeSessionTerminated'])
    expect(shutdowns).toBe(2)
  })

  it('keepAlive resolves at shutdown without polling', async () => {
    const store = await openStore()
    const agent = await startAgent(store)
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] })
    const kept = agent.keepAlive()
    await agent.shutdown()
    await kept
    expect(agent.isShuttingDown).toBe(true)
  })
})

describe('callbacks and files', () => {
  it('D11 a throwing onExecutionError does not keep the row from ending', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    await startAgent(store, {
      handler: () => Promise.reject(new Error('boom')),
      handlers: { onExecutionError: () => Promise.reject(new Error('worse')) },
    })
    request(store, 'q1', 'c1')
    await untilStatus(store, 'q1', 'failed')
    expect(reasonOf(store, 'q1')).toBe('boom')
  })

  it('D11 an onExecutionError that hangs can be cancelled', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const hanging = createGate()
    await startAgent(store, {
      handler: ({ queueEntry }) =>
        queueEntry.id === 'q1' ? Promise.reject(new Error('boom')) : Promise.resolve({ success: true }),
      handlers: {
        onExecutionError: () => {
          hanging.open()
          return new Promise<void>(() => {})
        },
      },
    })
    request(store, 'q1', 'c1')
    request(store, 'q2', 'c1')
    await hanging.opened
    cancel(store, 'q1', 'c1')
    await untilStatus(store, 'q2', 'completed')
    expect(queueRow(store, 'q1').status).toBe('cancelled')
  })

  it('D45 D46 the file callback gets live files only, when they change, and may throw', async () => {
    const store = await openStore()
    const calls: string[][] = []
    const agent = createAgent(store)
    agent.onFilesUpload((files: readonly FileData[]) => {
      calls.push(files.map((file) => file.fileName))
      throw new Error('broken callback')
    })
    await agent.start()
    const upload = (fileName: string) =>
      store.commit(
        events.fileUploaded({
          artifactId: `id-${fileName}`,
          mimeType: 'text/csv',
          fileName,
          createdAt: new Date(0),
          createdBy: 'ada',
        }),
      )
    upload('a.csv')
    expect(calls).toEqual([])
    await until(() => calls.length === 1)
    upload('a.csv')
    upload('b.csv')
    await until(() => calls.length === 2)
    store.commit(events.fileDeleted2({ fileName: 'a.csv', deletedAt: new Date(1) }))
    await until(() => calls.length === 3)
    store.commit(events.fileDeleted2({ fileName: 'b.csv', deletedAt: new Date(2) }))
    await until(() => calls.length === 4)
    expect(calls).toEqual([['a.csv'], ['a.csv', 'b.csv'], ['b.csv'], []])
    store.commit(events.presenceSet({ userId: 'ada' }))
    expect(agent.isShuttingDown).toBe(false)
  })

  it('D31 D34 onConnected follows the announcement; a throwing one does not stop the start', async () => {
    const store = await openStore()
    const statuses: string[] = []
    const agent = createAgent(store)
    agent.handlers.onConnected = () => {
      statuses.push(sessionRow(store, agent.config.sessionId).status)
      throw new Error('broken')
    }
    await agent.start()
    expect(statuses).toEqual(['ready'])
    await agent.shutdown()
    expect(sessionRow(store, agent.config.sessionId).status).toBe('terminated')
  })

  it('D62 D63 a run reads no table of cells as a whole and prints nothing past the logger', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const lines: unknown[] = []
    const queries: string[] = []
    const query = store.query.bind(store)
    store.query = ((asked: { query?: string; asSql?: () => { query: string } }) => {
      queries.push(asked.asSql?.().query ?? asked.query ?? '')
      return query(asked as never)
    }) as Store['query']
    const spy = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(line))
    await startAgent(store)
    request(store, 'q1', 'c1')
    await untilStatus(store, 'q1', 'completed')
    spy.mockRestore()
    expect(lines).toEqual([])
    const ofCells = queries.filter(
      (sql) => sql.includes("'cells'") || sql.includes('"cells"') || / cells\b/.test(sql),
    )
    expect(ofCells.length).toBeGreaterThan(0)
    expect(ofCells.filter((sql) => !/where/i.test(sql))).toEqual([])
  })
})
