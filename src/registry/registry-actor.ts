import { logger } from '@runtimed/agent-core'
import { createActor, fromCallback, fromPromise, type InspectionEvent, type Observer } from 'xstate'
import {
  agentMachine,
  executionMachine,
  registryMachine,
  type ClaimResult,
  type ExecutionInput,
  type HandlerCommand,
  type HandlerInput,
  type LimitPolicy,
  type RegistryActorRef,
  type RuntimeInput,
} from '../../machines/index.js'
import type { TimerClock } from '../livestore/mirror.js'
import type { AgentServices } from './agent-services.js'
import type { RegistryMachines } from './runtime-types.js'

export interface RegistryActorOptions {
  readonly maxConcurrentAgents: number
  readonly limitPolicy?: LimitPolicy
  /** The services of an agent that was spawned. */
  readonly services: (agentId: string) => AgentServices
  readonly inspect?: Observer<InspectionEvent> | ((event: InspectionEvent) => void)
  readonly clock?: TimerClock
  readonly machines?: Partial<RegistryMachines>
}

/** The registry's actor, with the world provided to all machines below it. Not started. */
export function createRegistryActor(options: RegistryActorOptions): RegistryActorRef {
  const { services, maxConcurrentAgents, limitPolicy = 'reject', inspect, clock, machines } = options
  const execution = (machines?.executionMachine ?? executionMachine).provide({
    actors: {
      claimExecution: fromPromise<ClaimResult, ExecutionInput>(({ input }) =>
        services(input.agentId).claimExecution(input),
      ),
      runHandler: fromCallback<HandlerCommand, HandlerInput>(({ input, sendBack, receive }) => {
        const run = services(input.agentId).runHandler(input, sendBack)
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
  const registry = (machines?.registryMachine ?? registryMachine).provide({ actors: { agent } })
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
