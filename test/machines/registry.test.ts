/**
 * Rules of the registry machine.
 *
 *   R1  An agent is spawned under its id and counted, and is a child of the registry.
 *   R2  A second spawn of an id is ignored, at the limit too.
 *   R3  Beyond the limit an agent is rejected with a reason; room that becomes free is used.
 *   R4  An agent that ends is released and counted out, and its end is told.
 *   R5  An agent that crashes is told with its failure and touches no other; its id is free again.
 *   R6  Draining stops all agents, takes no new ones, and ends the registry when the last one is gone.
 *   R8  After many spawns and stops no child and no timer is left.
 *   R9  No actor ever sends itself anything but its own timers.
 */
import { describe, expect, test } from 'vitest'
import { waitFor, type EventObject } from 'xstate'
import { createFailure, registryMachine, type LimitPolicy, type RegistryFact } from '../../machines/index.js'
import { breakMachine } from '../support/break-machine.js'
import { agentInput, restart, start, stop } from './agent-walk.js'
import { createLiveRegistry, type LiveRegistry } from './live-registry.js'
import { Walk } from './walk.js'

const registryWalk = (maxConcurrentAgents = 0, limitPolicy: LimitPolicy = 'reject') =>
  new Walk<typeof registryMachine, RegistryFact>(registryMachine, { maxConcurrentAgents, limitPolicy })
const spawn = (agentId: string): EventObject & { input: unknown } => ({
  type: 'agent.spawn',
  input: { ...agentInput(), agentId },
})
const ended = (actorId: string) => ({ type: `xstate.done.actor.${actorId}`, actorId, output: undefined })
const crashed = (actorId: string, error: unknown = new Error('a bug')) => ({
  type: `xstate.error.actor.${actorId}`,
  actorId,
  error,
})
const drain = { type: 'registry.drain' }

describe('decisions', () => {
  test('R1 an agent is spawned, counted and told', () => {
    const registry = registryWalk().send(spawn('a0'))
    expect(registry.started).toEqual(['agent'])
    expect(registry.facts).toEqual([{ type: 'agent.spawned', agentId: 'a0' }])
    expect(registry.context).toEqual({
      maxConcurrentAgents: 0,
      limitPolicy: 'reject',
      waiting: [],
      agentCount: 1,
      crashes: 0,
    })
  })

  test('R3 the limit rejects, with the numbers, and frees up', () => {
    const registry = registryWalk(2).send(spawn('a0'), spawn('a1'), spawn('a2'))
    expect(registry.started).toEqual([])
    expect(registry.fact('agent.rejected')).toEqual({
      type: 'agent.rejected',
      agentId: 'a2',
      failure: createFailure('limitReached', { message: '2 agents are running and the limit is 2.' }),
    })
    registry.send(ended('a0'), spawn('a2'))
    expect(registry.factTypes).toEqual(['agent.spawned'])
    expect(registry.context.agentCount).toBe(2)
  })

  test('R8 with the policy "queue" agents wait in order, once each, and are spawned when there is room', () => {
    const registry = registryWalk(1, 'queue').send(spawn('a0'), spawn('a1'), spawn('a2'))
    expect(registry.facts).toEqual([{ type: 'agent.waiting', agentId: 'a2', position: 2 }])
    expect(registry.send(spawn('a1')).facts).toEqual([])
    registry.send(ended('a0'))
    expect(registry.factTypes).toEqual(['agent.gone', 'agent.spawned'])
    expect(registry.context.waiting.map(({ agentId }) => agentId)).toEqual(['a2'])
    registry.send(crashed('a1'))
    expect(registry.facts.at(-1)).toEqual({ type: 'agent.spawned', agentId: 'a2' })
    expect(registry.context).toMatchObject({ agentCount: 1, waiting: [] })
  })

  test('R8 a registry that drains refuses those that wait', () => {
    const registry = registryWalk(1, 'queue').send(spawn('a0'), spawn('a1'), drain)
    expect(registry.fact('agent.rejected')).toMatchObject({
      agentId: 'a1',
      failure: { code: 'limitReached' },
    })
    expect(registry.send(ended('a0')).state).toBe('stopped')
  })

  test('R9 with the policy "evictIdle" the agent that is named goes, and the new one comes after it', () => {
    const registry = registryWalk(1, 'evictIdle').send(spawn('a0'), { ...spawn('a1'), evict: 'a0' } as never)
    expect(registry.factTypes).toEqual(['agent.waiting'])
    registry.send(ended('a0'))
    expect(registry.facts.at(-1)).toEqual({ type: 'agent.spawned', agentId: 'a1' })
  })

  test('R9 with the policy "evictIdle" nobody comes when nobody is idle', () => {
    const registry = registryWalk(1, 'evictIdle').send(spawn('a0'), spawn('a1'))
    expect(registry.factTypes).toEqual(['agent.rejected'])
  })

  test('R4 R5 the end and the crash of an agent are told apart', () => {
    const registry = registryWalk().send(spawn('a0'), spawn('a1'), ended('a0'))
    expect(registry.facts).toEqual([{ type: 'agent.gone', agentId: 'a0', failure: null }])
    expect(registry.context).toMatchObject({ agentCount: 1, crashes: 0 })
    registry.send(crashed('a1'))
    expect(registry.facts).toEqual([
      { type: 'agent.gone', agentId: 'a1', failure: createFailure('machineCrashed', { message: 'a bug' }) },
    ])
    expect(registry.context).toMatchObject({ agentCount: 0, crashes: 1 })
    expect(Object.keys(registry.snapshot.children)).toEqual([])
  })

  test('R6 a registry without agents drains at once', () => {
    const registry = registryWalk().send(drain)
    expect([registry.state, registry.snapshot.status]).toEqual(['stopped', 'done'])
    expect(registry.facts).toEqual([{ type: 'registry.drained' }])
  })

  test('R6 draining waits for the last agent, and rejects new ones with the true reason', () => {
    const registry = registryWalk(5).send(spawn('a0'), spawn('a1'), drain)
    expect([registry.state, registry.facts]).toEqual(['draining', []])
    registry.send(spawn('a2'))
    expect(registry.fact('agent.rejected').failure).toMatchObject({
      code: 'limitReached',
      message: 'The registry is shutting down and takes no new agents.',
      retryable: false,
    })
    registry.send(ended('a0'))
    expect(registry.state).toBe('draining')
    registry.send(crashed('a1'))
    expect(registry.state).toBe('stopped')
    expect(registry.factTypes).toEqual(['agent.gone', 'registry.drained'])
  })
})

const idsOf = (count: number) => Array.from({ length: count }, (_, index) => `a${index}`)

function spawnAll(live: LiveRegistry, count: number): string[] {
  const ids = idsOf(count)
  for (const id of ids) live.spawn(id)?.send(start)
  return ids
}

const allIn = async (live: LiveRegistry, ids: readonly string[], state: 'running' | 'starting') => {
  for (const id of ids) await waitFor(live.get(id)!, (snapshot) => snapshot.matches(state))
}

const untilEmpty = (live: LiveRegistry) => waitFor(live.registry, ({ context }) => context.agentCount === 0)

/** Events that an actor sent to itself and that are neither timers nor how XState ends a promise. */
const sentToSelf = (live: LiveRegistry) =>
  live.inspected
    .filter((event) => event.type === '@xstate.event' && event.sourceRef === event.actorRef)
    .map((event) => ('event' in event ? event.event.type : ''))
    .filter((type) => !/^xstate\.(after|init|stop|promise)|^restart\.forgotten$|^agent\.stable$/.test(type))

describe('supervision', () => {
  test('R2 a second spawn of an id keeps the first actor', async () => {
    const live = createLiveRegistry()
    const ids = spawnAll(live, 40)
    await allIn(live, ids, 'running')
    const before = ids.map(live.get)
    for (const id of ids) live.spawn(id)
    expect(ids.map(live.get)).toEqual(before)
    expect(live.context().agentCount).toBe(40)
    expect(live.facts.filter((fact) => fact.type === 'agent.spawned')).toHaveLength(40)
  })

  test('R2 R3 at the limit an id that exists is no rejection, and a rejected one does not exist', () => {
    const live = createLiveRegistry({ maxConcurrentAgents: 1 })
    const first = live.spawn('a0')
    expect(live.spawn('a0')).toBe(first)
    expect(live.facts.map((fact) => fact.type)).toEqual(['agent.spawned'])
    expect(live.spawn('a1')).toBeUndefined()
    expect(live.facts.at(-1)).toMatchObject({ type: 'agent.rejected', agentId: 'a1' })
  })

  test('R5 the crash of one of 100 agents touches no other', async () => {
    const victim = 'a77'
    const live = createLiveRegistry()
    const ids = spawnAll(live, 100)
    await allIn(live, ids, 'running')
    breakMachine(live.get(victim)!)
    expect(live.registry.getSnapshot().status).toBe('active')
    expect(live.context()).toMatchObject({ agentCount: 99, crashes: 1 })
    expect(live.get(victim)).toBeUndefined()
    const told = live.facts.filter((fact) => fact.type === 'agent.gone')
    expect(told).toMatchObject([{ agentId: victim, failure: { code: 'machineCrashed' } }])
    const others = ids.filter((id) => id !== victim)
    expect(others.filter((id) => !live.get(id)?.getSnapshot().matches('running'))).toEqual([])
    expect(live.clock.timers).toBe(0)
    const again = live.spawn(victim)!
    again.send(start)
    await waitFor(again, (snapshot) => snapshot.matches('running'))
    expect(live.context().agentCount).toBe(100)
  })

  test('R5 an agent that crashes while it starts leaves no timer', () => {
    const live = createLiveRegistry({ world: { startRuntime: () => new Promise(() => {}) } })
    for (const id of spawnAll(live, 40)) breakMachine(live.get(id)!)
    expect(live.context()).toMatchObject({ agentCount: 0, crashes: 40 })
    expect(live.clock.timers).toBe(0)
  })

  test('R6 draining ends agents in every state, then the registry', async () => {
    const live = createLiveRegistry({
      world: {
        startRuntime: ({ agentId }) => (agentId < 'a5' ? Promise.resolve() : new Promise(() => {})),
        handle: () => {},
      },
    })
    const ids = spawnAll(live, 100)
    live.spawn('idle')
    await allIn(
      live,
      ids.filter((id) => id < 'a5'),
      'running',
    )
    live.get('a1')!.send(restart)
    live.registry.send({ type: 'registry.drain' })
    await waitFor(live.registry, (snapshot) => snapshot.status === 'done')
    expect(live.facts.filter((fact) => fact.type === 'agent.gone')).toHaveLength(101)
    expect(live.facts.at(-1)).toEqual({ type: 'registry.drained' })
    expect(live.clock.timers).toBe(0)
    expect(sentToSelf(live)).toEqual([])
  })

  test('R6 draining does not wait longer than the stop timeout', async () => {
    const live = createLiveRegistry({ world: { stopRuntime: () => new Promise(() => {}) } })
    const agent = live.spawn('a0', { stopTimeoutMs: 3_000 })!
    agent.send(start)
    await waitFor(agent, (snapshot) => snapshot.matches('running'))
    live.registry.send({ type: 'registry.drain' })
    live.clock.increment(2_999)
    expect(live.registry.getSnapshot().value).toBe('draining')
    live.clock.increment(1)
    expect(live.registry.getSnapshot().value).toBe('stopped')
  })

  test('R8 R9 a thousand agents come and go, and nothing is left', async () => {
    const live = createLiveRegistry()
    const ids = spawnAll(live, 1_000)
    await allIn(live, ids, 'running')
    expect(live.context()).toMatchObject({ agentCount: 1_000 })
    for (const id of ids) live.get(id)!.send(stop)
    await untilEmpty(live)
    expect(Object.keys(live.registry.getSnapshot().children)).toEqual([])
    expect(ids.filter(live.get)).toEqual([])
    expect(live.clock.timers).toBe(0)
    expect(live.context()).toMatchObject({ agentCount: 0, crashes: 0 })
    expect(sentToSelf(live)).toEqual([])
  })

  test('R9 an event that nobody expects reaches no agent and no registry', () => {
    const live = createLiveRegistry()
    live.spawn('a0')
    live.registry.send({ type: 'execution.request' } as never)
    expect(live.registry.getSnapshot().status).toBe('active')
    expect(live.get('a0')!.getSnapshot().value).toBe('idle')
    expect(sentToSelf(live)).toEqual([])
  })
})
