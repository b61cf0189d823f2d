import {
  assertEvent,
  setup,
  type ActorRefFrom,
  type DoneActorEvent,
  type ErrorActorEvent,
  type SnapshotFrom,
} from 'xstate'
import { agentMachine, type AgentActorRef } from './agent.machine.js'
import type { AgentInput } from './agent-types.js'
import { createFailure, toFailure } from './failure.js'
import type { Failure, LimitPolicy, StopReason } from './vocabulary.js'

/**
 * The parent of all agents: spawns one per notebook, keeps the count and the limit, and outlives every crash of a child.
 *
 * The host creates it once. Every agent is its child, and reachable by its id with `system.get(agentId)`. XState copies the
 * record of children with each spawn and stop: one stop among 1,000 siblings costs some milliseconds.
 */

export interface RegistryInput {
  /** 0 means no limit. */
  readonly maxConcurrentAgents: number
  /** Default `reject`. */
  readonly limitPolicy?: LimitPolicy
}

export interface RegistryContext extends Required<RegistryInput> {
  readonly agentCount: number
  readonly crashes: number
  /** Agents that wait for room, first one next. */
  readonly waiting: readonly AgentInput[]
}

export type RegistryCommand =
  /** Ignored when an agent of this id exists. `evict` names the idle agent that may be stopped to make room. */
  | { readonly type: 'agent.spawn'; readonly input: AgentInput; readonly evict?: string }
  /** Stop all agents, then the registry itself. */
  | { readonly type: 'registry.drain' }

export type RegistryEvent = RegistryCommand | DoneActorEvent<unknown> | ErrorActorEvent

export type RegistryFact =
  | { readonly type: 'agent.spawned'; readonly agentId: string }
  /** The limit is reached; it is spawned when there is room. */
  | { readonly type: 'agent.waiting'; readonly agentId: string; readonly position: number }
  | { readonly type: 'agent.rejected'; readonly agentId: string; readonly failure: Failure }
  /** The agent's actor ended; `failure` says why when it crashed. */
  | { readonly type: 'agent.gone'; readonly agentId: string; readonly failure: Failure | null }
  | { readonly type: 'registry.drained' }

const registrySetup = setup({
  types: {
    input: {} as RegistryInput,
    context: {} as RegistryContext,
    events: {} as RegistryEvent,
    emitted: {} as RegistryFact,
  },
  actors: { agent: agentMachine, follower: agentMachine },
  guards: {
    'limit is reached': ({ context }) => roomIn(context) <= 0,
    'limit is reached, and agents may wait': ({ context }) =>
      roomIn(context) <= 0 && context.limitPolicy === 'queue',
    'limit is reached, and an idle agent can go': ({ context, event }) => {
      assertEvent(event, 'agent.spawn')
      return roomIn(context) <= 0 && context.limitPolicy === 'evictIdle' && event.evict !== undefined
    },
    'no agent is left': ({ context }) => context.agentCount === 0,
  },
})

const registryChart = registrySetup.extend({
  actions: {
    'spawn the agent': registrySetup.enqueueActions(({ context, event, enqueue, system }) => {
      assertEvent(event, 'agent.spawn')
      const { input } = event
      if (system.get(input.agentId)) return
      enqueue.spawnChild(input.follows ? 'follower' : 'agent', {
        id: input.agentId,
        systemId: input.agentId,
        input,
      })
      enqueue.assign({ agentCount: context.agentCount + 1 })
      enqueue.emit({ type: 'agent.spawned', agentId: input.agentId })
    }),
    'let the agent wait': registrySetup.enqueueActions(({ context, event, enqueue, system }) => {
      assertEvent(event, 'agent.spawn')
      const { agentId } = event.input
      if (system.get(agentId) || context.waiting.some((waiting) => waiting.agentId === agentId)) return
      const waiting = [...context.waiting, event.input]
      enqueue.assign({ waiting })
      enqueue.emit({ type: 'agent.waiting', agentId, position: waiting.length })
    }),
    'stop the idle agent': registrySetup.enqueueActions(({ event, enqueue, system }) => {
      assertEvent(event, 'agent.spawn')
      const idle: AgentActorRef | undefined = system.get(event.evict ?? '')
      if (idle) enqueue.sendTo(idle, { type: 'agent.stop' })
    }),
    'spawn those that wait': registrySetup.enqueueActions(({ context, enqueue }) => {
      const next = context.waiting.slice(0, Math.max(0, roomIn(context)))
      if (next.length === 0) return
      enqueue.assign({ waiting: context.waiting.slice(next.length) })
      for (const input of next) enqueue.raise({ type: 'agent.spawn', input })
    }),
    'reject those that wait': registrySetup.enqueueActions(({ context, enqueue }) => {
      enqueue.assign({ waiting: [] })
      for (const { agentId } of context.waiting) {
        enqueue.emit({ type: 'agent.rejected', agentId, failure: drainingFailure() })
      }
    }),
    'reject the agent': registrySetup.enqueueActions(({ context, event, enqueue, system }) => {
      assertEvent(event, 'agent.spawn')
      const { agentId } = event.input
      if (system.get(agentId)) return
      const message = `${context.agentCount} agents are running and the limit is ${context.maxConcurrentAgents}.`
      enqueue.emit({ type: 'agent.rejected', agentId, failure: createFailure('limitReached', { message }) })
    }),
    'reject the agent: registry is draining': registrySetup.emit(({ event }) => {
      assertEvent(event, 'agent.spawn')
      const { agentId } = event.input
      return { type: 'agent.rejected' as const, agentId, failure: drainingFailure() }
    }),
    'release the agent': registrySetup.enqueueActions(({ context, event, enqueue }) => {
      if (!('actorId' in event)) return
      const failure = 'error' in event ? toFailure(event.error, 'machineCrashed') : null
      enqueue.stopChild(event.actorId)
      enqueue.assign({ agentCount: context.agentCount - 1, crashes: context.crashes + (failure ? 1 : 0) })
      enqueue.emit({ type: 'agent.gone', agentId: event.actorId, failure })
    }),
    'stop all agents': registrySetup.enqueueActions(({ enqueue, self }) => {
      const reason: StopReason = 'shutdown'
      for (const id of Object.keys(self.getSnapshot().children))
        enqueue.sendTo(id, { type: 'agent.stop', reason })
    }),
    'announce that all is drained': registrySetup.emit({ type: 'registry.drained' }),
  },
})

const agentEnds = {
  'xstate.done.actor.*': { actions: ['release the agent', 'spawn those that wait'] },
  'xstate.error.actor.*': { actions: ['release the agent', 'spawn those that wait'] },
} as const

export const registryMachine = registryChart.createMachine({
  id: 'registry',
  context: ({ input }) => ({
    limitPolicy: 'reject',
    ...input,
    agentCount: 0,
    crashes: 0,
    waiting: [],
  }),
  initial: 'active',
  on: agentEnds,
  states: {
    active: {
      description: 'Spawns agents; a crash of one touches no other.',
      on: {
        'agent.spawn': [
          { guard: 'limit is reached, and agents may wait', actions: 'let the agent wait' },
          {
            guard: 'limit is reached, and an idle agent can go',
            actions: ['let the agent wait', 'stop the idle agent'],
          },
          { guard: 'limit is reached', actions: 'reject the agent' },
          { actions: 'spawn the agent' },
        ],
        'registry.drain': 'draining',
      },
    },
    draining: {
      description: 'All agents are being stopped; new ones are not taken.',
      entry: ['reject those that wait', 'stop all agents'],
      always: { guard: 'no agent is left', target: 'stopped' },
      on: { 'agent.spawn': { actions: 'reject the agent: registry is draining' } },
    },
    stopped: {
      type: 'final',
      description: 'All agents have ended, and so has the registry.',
      entry: 'announce that all is drained',
    },
  },
})

export type RegistryActorRef = ActorRefFrom<typeof registryMachine>
export type RegistrySnapshot = SnapshotFrom<typeof registryMachine>

const roomIn = ({ maxConcurrentAgents, agentCount }: RegistryContext) =>
  maxConcurrentAgents === 0 ? Infinity : maxConcurrentAgents - agentCount

const drainingFailure = () =>
  createFailure('limitReached', {
    message: 'The registry is shutting down and takes no new agents.',
    retryable: false,
  })
