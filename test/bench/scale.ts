import { events, type Store } from '@runtimed/schema'
import { createActor } from 'xstate'
import {
  agentMachine,
  defaultAgentSettings,
  type AgentActorRef,
  type AgentInput,
} from '../../machines/index.js'
import { committerFor } from '../../src/livestore/committer.js'
import { createRegistryActor } from '../../src/registry/registry-actor.js'
import {
  closeBenchStore,
  noopRegistry,
  openBenchStore,
  untilDurable,
  type BenchEvent,
} from './bench-store.js'
import { median, round, settledHeap, timed } from './measure.js'

const agents = 1000
const stopped = 100
const rounds = 3
const idleAgents = 40

export interface Scale {
  readonly idleAgentBytes: number
  readonly spawnRatio: number
  readonly stopOneRatio: number
}

export async function measureScale(): Promise<Scale> {
  const spawnRatios: number[] = []
  const stopRatios: number[] = []
  for (let index = 0; index < rounds; index++) {
    const bare = await bareActors()
    const registry = await registryActors()
    spawnRatios.push(registry.spawnMs / bare.spawnMs)
    stopRatios.push(registry.stopMs / bare.stopMs)
  }
  return {
    spawnRatio: round(median(spawnRatios)),
    stopOneRatio: round(median(stopRatios)),
    idleAgentBytes: Math.round(await idleAgentBytes()),
  }
}

const inputOf = (index: number): AgentInput => ({
  agentId: `agent:${index}`,
  notebookId: `n${index}`,
  runtimeType: 'noop',
  sessionId: `s${index}`,
  settings: defaultAgentSettings,
})

/** Actors of the same machine with nothing above them, in a Map. */
async function bareActors() {
  const actors = new Map<string, AgentActorRef>()
  const spawnMs = await timed(() => {
    for (let index = 0; index < agents; index++) {
      const input = inputOf(index)
      actors.set(input.agentId, createActor(agentMachine, { input }).start())
    }
  })
  const stopMs = await timed(() => {
    for (const id of idsToStop()) {
      actors.get(id)?.send({ type: 'agent.stop' })
      actors.delete(id)
    }
  })
  for (const actor of actors.values()) actor.stop()
  return { spawnMs, stopMs }
}

async function registryActors() {
  const services = () => {
    throw new Error('An idle agent needs no services.')
  }
  const registry = createRegistryActor({ maxConcurrentAgents: 0, services })
  registry.start()
  const spawnMs = await timed(() => {
    for (let index = 0; index < agents; index++) registry.send({ type: 'agent.spawn', input: inputOf(index) })
  })
  const stopMs = await timed(() => {
    for (const id of idsToStop()) (registry.system.get(id) as AgentActorRef).send({ type: 'agent.stop' })
  })
  const left = registry.getSnapshot().context.agentCount
  if (left !== agents - stopped)
    throw new Error(`${left} agents are left, ${agents - stopped} were expected.`)
  registry.stop()
  return { spawnMs, stopMs }
}

const idsToStop = () => Array.from({ length: stopped }, (_, index) => `agent:${(index * 7) % agents}`)

/**
 * Heap of one agent that is up and idle, without its store: the store's committer and the events of the session are there
 * before, because LiveStore keeps every event that it has relayed.
 */
async function idleAgentBytes(): Promise<number> {
  const warm = await openBenchStore('idle-warm')
  const measured: Store[] = []
  for (let index = 0; index < idleAgents * 2; index++) measured.push(await openBenchStore(`idle-${index}`))
  const bare = measured.slice(0, idleAgents)
  const agentStores = measured.slice(idleAgents)
  const registry = noopRegistry(true, () => undefined)
  for (const store of measured) committerFor(store)
  await registry.getOrCreateAgent(warm.storeId, 'noop', { store: warm })

  const before = await settledHeap()
  for (const store of bare) await recordSession(store)
  const between = await settledHeap()
  for (const store of agentStores) {
    await registry.getOrCreateAgent(store.storeId, 'noop', { store })
    await untilDurable(store)
  }
  const after = await settledHeap()

  await registry.close()
  for (const store of [warm, ...measured]) await closeBenchStore(store)
  return (after - between - (between - before)) / idleAgents
}

/** The events that an agent writes until it is idle. */
async function recordSession(store: Store): Promise<void> {
  const sessionId = 'session'
  const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }
  const submit = (...batch: BenchEvent[]) => committerFor(store).submit(batch).durable
  await submit(
    events.runtimeSessionStarted({ sessionId, runtimeId: 'bench', runtimeType: 'noop', capabilities }),
  )
  await submit(
    events.runtimeSessionStatusChanged({ sessionId, status: 'ready' }),
    events.runtimeSessionRenewal({ sessionId, renewedAt: new Date(), validForMs: 30_000 }),
  )
}
