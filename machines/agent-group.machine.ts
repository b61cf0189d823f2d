import { assertEvent, sendParent, setup, type DoneActorEvent, type ErrorActorEvent } from 'xstate'
import { agentMachine, type AgentInput } from './agent.machine.js'
import { toFailure } from './failure.js'

/**
 * Holds up to 32 agents for the registry, which spawns and counts them. It only spawns, releases and reports: it has no
 * policy, and nobody but the registry talks to it.
 */

export interface AgentGroupInput {
  readonly group: number
}

export type AgentGroupEvent =
  | { readonly type: 'agent.spawn'; readonly input: AgentInput }
  | { readonly type: 'group.stopAll' }
  | DoneActorEvent<unknown>
  | ErrorActorEvent

const groupSetup = setup({
  types: {
    input: {} as AgentGroupInput,
    context: {} as AgentGroupInput,
    events: {} as AgentGroupEvent,
  },
  actors: { agent: agentMachine },
})

const groupChart = groupSetup.extend({
  actions: {
    'spawn the agent': groupSetup.enqueueActions(({ event, enqueue }) => {
      assertEvent(event, 'agent.spawn')
      const { input } = event
      enqueue.spawnChild('agent', { id: input.agentId, systemId: input.agentId, input })
    }),
    'release the agent and report': groupSetup.enqueueActions(({ context, event, enqueue }) => {
      if (!('actorId' in event)) return
      enqueue.stopChild(event.actorId)
      enqueue(
        sendParent({
          type: 'group.agentGone',
          agentId: event.actorId,
          group: context.group,
          failure: 'error' in event ? toFailure(event.error, 'machineCrashed') : null,
        }),
      )
    }),
    'stop all agents': groupSetup.enqueueActions(({ enqueue, self }) => {
      for (const id of Object.keys(self.getSnapshot().children)) enqueue.sendTo(id, { type: 'agent.stop' })
    }),
  },
})

export const agentGroupMachine = groupChart.createMachine({
  id: 'agentGroup',
  context: ({ input }) => input,
  on: {
    'agent.spawn': { actions: 'spawn the agent' },
    'group.stopAll': { actions: 'stop all agents' },
    'xstate.done.actor.*': { actions: 'release the agent and report' },
    'xstate.error.actor.*': { actions: 'release the agent and report' },
  },
})
