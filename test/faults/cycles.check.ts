import { readdirSync } from 'node:fs'
import { tables, type Store } from '@runtimed/schema'
import { createPythonExecutionHandler } from '../../src/handlers/python/handler.js'
import {
  closeNotebookStore,
  createHtmlExecutionHandler,
  openNotebookStore,
  type RuntimeAgentRegistry,
} from '../../src/index.js'
import { atMost, exactly, isTrue, type Check, type Finding } from './finding.js'
import { createFaultRegistry, faultType, type FaultRegistryOptions } from './fault-registry.js'
import { cellsOf, isTerminal, requestOf, rowOf, write } from './notebook.js'
import { waitUntil } from '../support/wait-for.js'
import { withTemporaryDirectory } from './temporary-directory.js'

/** Cycles before the first look at the heap, so that code is compiled and caches are full. */
const warmCycles = 200
const cycles = 1_000
const pythonCycles = 20
const quickCycles = { warm: 10, total: 30 } as const
/** Growth of the heap from the warm cycle to the last one, in percent. */
const growthLimit = 5

/** What a process holds besides its heap. */
interface Holdings {
  readonly children: number
  readonly timers: number
  /** Threads of the operating system: a worker of JavaScript has one of its own. */
  readonly threads: number
  readonly fileHandles: number
}

/** Agents started and stopped over and over on one store: nothing may pile up. */
export const startAndStop: Check = async ({ quick }) => [
  ...(await cycleFast(quick ? quickCycles.warm : warmCycles, quick ? quickCycles.total : cycles, quick)),
  ...(quick ? [] : await cyclePython()),
]

/**
 * The heap is looked at with the notebook closed: while a store is open, LiveStore keeps some 7 kB for each event, whoever wrote
 * it (it never forgets a prepared statement).
 */
async function cycleFast(warm: number, total: number, quick: boolean): Promise<Finding[]> {
  return withRegistry({ handler: createHtmlExecutionHandler() }, async (registry, openStore) => {
    await openStore((store) => cycle(registry, store, 0, warm))
    await forgetLastStores()
    const [before, heapBefore] = [holdings(registry), await settledHeap()]
    await openStore((store) => cycle(registry, store, warm, total))
    await forgetLastStores()
    const [after, heapAfter] = [holdings(registry), await settledHeap()]
    const growth = (100 * (heapAfter - heapBefore)) / heapBefore
    return [
      quick
        ? isTrue('cycles.heapGrowthPercent', true, 'figure', Number(growth.toFixed(2)))
        : atMost('cycles.heapGrowthPercent', growth, growthLimit),
      ...compare('cycles', before, after),
    ]
  })
}

/** LiveStore keeps the newest stores of a process in global variables, also after their end. */
const keptByLiveStore = 2

async function forgetLastStores(): Promise<void> {
  for (let index = 0; index < keptByLiveStore; index++) {
    await closeNotebookStore(await openNotebookStore({ notebookId: 'empty', storage: 'memory' }))
  }
}

async function cyclePython(): Promise<Finding[]> {
  return withRegistry({ handler: createPythonExecutionHandler() }, async (registry, openStore) => {
    const cycleFrom = (from: number, to: number) => openStore((store) => cycle(registry, store, from, to))
    await cycleFrom(0, 1)
    const before = holdings(registry)
    await cycleFrom(1, pythonCycles)
    return compare('cycles.python', before, holdings(registry))
  })
}

/** One cycle: start, run a cell, stop. */
async function cycle(registry: RuntimeAgentRegistry, store: Store, from: number, to: number): Promise<void> {
  for (let index = from; index < to; index++) {
    const agent = await registry.getOrCreateAgent(store.storeId, faultType, { store })
    if (index % 10 === 0) {
      await write(store, [requestOf(`q${index}`, 'c0')])
      await waitUntil(`q${index} to end`, () => isTerminal(rowOf(store, `q${index}`) ?? { status: 'none' }))
    }
    await agent.shutdown()
  }
}

function compare(name: string, before: Holdings, after: Holdings): Finding[] {
  return [
    exactly(`${name}.children`, after.children, 0),
    atMost(`${name}.timers`, after.timers, before.timers),
    atMost(`${name}.threads`, after.threads, before.threads),
    atMost(`${name}.fileHandles`, after.fileHandles, before.fileHandles),
  ]
}

function holdings(registry: RuntimeAgentRegistry): Holdings {
  const resources = process.getActiveResourcesInfo()
  const count = (name: string) => resources.filter((resource) => resource === name).length
  return {
    children: Object.keys(registry.actorRef.getSnapshot().children).length,
    timers: count('Timeout'),
    threads: readdirSync('/proc/self/task').length,
    fileHandles: readdirSync('/proc/self/fd').length,
  }
}

type OpenStore = (work: (store: Store) => Promise<void>) => Promise<void>

/** Runs `work` with a registry, and with a function that opens the one notebook for a while. */
async function withRegistry<Result>(
  options: FaultRegistryOptions,
  work: (registry: RuntimeAgentRegistry, openStore: OpenStore) => Promise<Result>,
): Promise<Result> {
  return withTemporaryDirectory(async (directory) => {
    const registry = createFaultRegistry(options)
    const openStore: OpenStore = async (cycles) => {
      const store = await openNotebookStore({ notebookId: 'cycles', storage: { directory } })
      if (!hasCell(store)) await write(store, cellsOf(['"html"']))
      await cycles(store)
      await closeNotebookStore(store)
    }
    try {
      return await work(registry, openStore)
    } finally {
      await registry.close()
    }
  })
}

const hasCell = (store: Store) => store.query(tables.cells.where({ id: 'c0' })).length > 0

/** Heap in use after full collections; needs `node --expose-gc`. */
async function settledHeap(): Promise<number> {
  for (let index = 0; index < 4; index++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return process.memoryUsage().heapUsed
}
