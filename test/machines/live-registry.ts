import { createActor, fromCallback, fromPromise, type InspectionEvent, type EventObject } from 'xstate'
import {
  agentMachine,
  executionMachine,
  registryMachine,
  type AgentActorRef,
  type AgentSettings,
  type ClaimResult,
  type ExecutionInput,
  type HandlerCommand,
  type RegistryActorRef,
  type RegistryFact,
  type RuntimeInput,
} from '../../machines/index.js'
import { agentInput } from './agent-walk.js'
import { CountingClock } from './counting-clock.js'

/** What the world does for the agents of a live registry. */
export interface World {
  startRuntime(input: RuntimeInput): Promise<void>
  stopRuntime(input: RuntimeInput): Promise<void>
  claimExecution(input: ExecutionInput): Promise<ClaimResult>
  /** Called when a handler starts; `report` sends back, and every command to the handler goes to `commands`. */
  handle(input: ExecutionInput, report: (event: EventObject) => void): void
}

const obligingWorld: World = {
  startRuntime: () => Promise.resolve(),
  stopRuntime: () => Promise.resolve(),
  claimExecution: () => Promise.resolve({ status: 'claimed' }),
  handle: (_, report) => report({ type: 'handler.settled', result: { success: true } } as EventObject),
}

/** The four machines as running actors under a simulated clock; whatever is not named in `world` succeeds at once. */
export function createLiveRegistry(options: { world?: Partial<World>; maxConcurrentAgents?: number } = {}) {
  const world = { ...obligingWorld, ...options.world }
  const clock = new CountingClock()
  const facts: RegistryFact[] = []
  const commands: string[] = []
  const inspected: InspectionEvent[] = []
  const execution = executionMachine.provide({
    actors: {
      claimExecution: fromPromise<ClaimResult, ExecutionInput>(({ input }) => world.claimExecution(input)),
      runHandler: fromCallback<HandlerCommand, ExecutionInput>(({ input, sendBack, receive }) => {
        receive((command) => commands.push(command.type))
        world.handle(input, sendBack)
      }),
    },
  })
  const agent = agentMachine.provide({
    actors: {
      startRuntime: fromPromise<void, RuntimeInput>(({ input }) => world.startRuntime(input)),
      stopRuntime: fromPromise<void, RuntimeInput>(({ input }) => world.stopRuntime(input)),
      execution,
    },
  })
  const registry: RegistryActorRef = createActor(registryMachine.provide({ actors: { agent } }), {
    systemId: 'registry',
    input: { maxConcurrentAgents: options.maxConcurrentAgents ?? 0 },
    clock,
    inspect: (event) => inspected.push(event),
  })
  registry.on('*', (fact) => facts.push(fact))
  registry.start()
  const get = (agentId: string) => registry.system.get(agentId) as AgentActorRef | undefined
  return {
    registry,
    clock,
    facts,
    commands,
    inspected,
    get,
    /** Spawns an agent; undefined when the registry refused it. */
    spawn(agentId: string, settings: Partial<AgentSettings> = {}): AgentActorRef | undefined {
      registry.send({ type: 'agent.spawn', input: { ...agentInput(settings), agentId } })
      return get(agentId)
    },
    context: () => registry.getSnapshot().context,
  }
}

export type LiveRegistry = ReturnType<typeof createLiveRegistry>
