import { logger } from '@runtimed/agent-core'
import {
  createActor,
  fromCallback,
  fromPromise,
  type EventObject,
  type InspectionEvent,
  type Observer,
} from 'xstate'
import {
  agentMachine,
  executionMachine,
  followedExecutionMachine,
  registryMachine,
  toFollower,
  type ClaimResult,
  type ExecutionInput,
  type HandlerCommand,
  type HandlerInput,
  type LimitPolicy,
  type RegistryActorRef,
  type RuntimeInput,
} from '../../machines/index.js'
import type { TimerClock } from '../livestore/mirror.js'
import type { AgentServices, FollowerServices } from './agent-services.js'
import type { RegistryMachines } from './runtime-types.js'

export interface RegistryActorOptions {
  readonly maxConcurrentAgents: number
  readonly limitPolicy?: LimitPolicy
  /** The services of an agent that was spawned: those of a follower if its input says that it follows. */
  readonly services: (agentId: string) => AgentServices | FollowerServices
  readonly inspect?: Observer<InspectionEvent> | ((event: InspectionEvent) => void)
  readonly clock?: TimerClock
  readonly machines?: Partial<RegistryMachines>
}

/** The registry's actor, with the world provided to all machines below it. Not started. */
export function createRegistryActor(options: RegistryActorOptions): RegistryActorRef {
  const { services, maxConcurrentAgents, limitPolicy = 'reject', inspect, clock, machines } = options
  const local = (agentId: string) => services(agentId) as AgentServices
  const following = (agentId: string) => services(agentId) as FollowerServices
  const execution = (machines?.executionMachine ?? executionMachine).provide({
    actors: {
      claimExecution: fromPromise<ClaimResult, ExecutionInput>(({ input }) =>
        local(input.agentId).claimExecution(input),
      ),
      runHandler: fromCallback<HandlerCommand, HandlerInput>(({ input, sendBack, receive }) => {
        const run = local(input.agentId).runHandler(input, sendBack)
        receive(({ type }) => (type === 'handler.interrupt' ? run.interrupt() : run.force()))
        return () => run.close()
      }),
    },
  })
  const agent = (machines?.agentMachine ?? agentMachine).provide({
    actors: {
      startRuntime: fromPromise<void, RuntimeInput>(({ input, signal }) =>
        services(input.agentId).startRuntime(input, signal),
      ),
      stopRuntime: fromPromise<void, RuntimeInput>(({ input }) => services(input.agentId).stopRuntime(input)),
      execution,
    },
  })
  const followed = followedExecutionMachine.provide({
    actors: {
      followSession: fromCallback<EventObject, ExecutionInput>(({ input, sendBack, receive }) => {
        const { agentId, request } = input
        receive(() => following(agentId).askToStop(request))
        return following(agentId).follow(request, sendBack)
      }),
    },
  })
  const follower = toFollower(agent, followed)
  const registry = (machines?.registryMachine ?? registryMachine).provide({ actors: { agent, follower } })
  return createActor(registry, {
    id: 'registry',
    systemId: 'registry',
    input: { maxConcurrentAgents, limitPolicy },
    ...(inspect && { inspect: containInspector(inspect) }),
    ...(clock && { clock }),
  })
}

type Inspector = NonNullable<RegistryActorOptions['inspect']>

/** XState calls an inspector in the middle of a transition; what it throws would end the actor that it looks at. */
function containInspector(inspector: Inspector): (event: InspectionEvent) => void {
  const look = typeof inspector === 'function' ? inspector : inspector.next?.bind(inspector)
  return (event) => {
    try {
      look?.(event)
    } catch (error) {
      logger.error('An inspector failed', error)
    }
  }
}
