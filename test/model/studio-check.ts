import type { ModelEvent, ModelInput } from '../../src/testing/agent.model.js'
import { agentModel } from '../../src/testing/agent.model.js'
import { createAgentModel } from '../../src/testing/index.js'
import { labelsOf, type AgentModelSnapshot } from './agent-check.js'
import { modelPaths } from './model-paths.js'
import { withAction, withTarget } from './mutant.js'

/** Restarts that the studio's runtimes have inside the window. */
const studioBudget = 5

/** Requests that wait at a time in a path; the studio's own limit is out of a person's reach. */
const mostWaiting = 2

/** What a person, the browser, another client and time do to an agent of the studio. */
const studioEvents: readonly ModelEvent[] = [
  { type: 'START' },
  { type: 'RESTART' },
  { type: 'STOP' },
  { type: 'REQUEST' },
  { type: 'CANCEL_WAITING' },
  { type: 'CANCEL_RUNNING' },
  { type: 'INTERRUPT' },
  { type: 'FORCE' },
  { type: 'RUNTIME_UP' },
  { type: 'START_FAILED', breakage: 'mendable' },
  { type: 'START_TIMED_OUT' },
  { type: 'HANDLER_OK' },
  { type: 'HANDLER_ERROR' },
  { type: 'HANDLER_CRASHED', breakage: 'mendable' },
  { type: 'HANDLER_GONE' },
  { type: 'CRASH', breakage: 'mendable' },
  { type: 'DISPLACED' },
  { type: 'STORE_DIED' },
  { type: 'BACKOFF_ELAPSED' },
  { type: 'COUNTDOWN_TICKED' },
  { type: 'PIN' },
  { type: 'UNPIN' },
  { type: 'KEEP' },
  { type: 'IDLE_NOTICED' },
  { type: 'IDLE_OVER' },
  { type: 'CULLED_GONE' },
  { type: 'WINDOW_ELAPSED' },
  { type: 'STABLE_ELAPSED' },
  { type: 'RUNTIME_GONE' },
]

const withBudget = agentModel.provide({
  guards: {
    'a restart is left': ({ context }) => context.restartsInWindow < studioBudget,
    'there is room': () => true,
  },
})

const restartsAtOnce = ['running', 'executing'].reduce(
  (model, state) => withTarget(model, { state, event: 'RESTART', guard: '-' }, 'starting'),
  withBudget,
)

/** With the studio's settings; a restart that a person asks for waits for nothing, and a stop takes back what waits. */
const studioModel = ['starting', 'executing', 'restarting'].reduce(
  (model, state) => withAction(model, { state, event: 'STOP', guard: '-' }, 'cancel all that waits'),
  restartsAtOnce,
)

const waitingOf = ({ context }: AgentModelSnapshot) => context.rows.filter((row) => row === 'pending').length

/** What follows by itself, at once: the runtime that was told to go is gone. */
function comesNext({ value, context }: AgentModelSnapshot): ModelEvent | undefined {
  if (value === 'shuttingDown') return { type: 'RUNTIME_GONE' }
  if (context.ending === 'force') return { type: 'HANDLER_GONE' }
  return context.isCulledOneHeld ? { type: 'CULLED_GONE' } : undefined
}

function isPossible(snapshot: AgentModelSnapshot, { type }: ModelEvent): boolean {
  const { value, context } = snapshot
  const next = comesNext(snapshot)
  if (next) return type === next.type
  switch (type) {
    case 'STOP':
      return context.lives > 0
    case 'RESTART':
      return value !== 'idle'
    case 'REQUEST':
      return waitingOf(snapshot) < mostWaiting
    case 'DISPLACED':
      return (value === 'running' || value === 'executing') && waitingOf(snapshot) === 0
    case 'STORE_DIED':
      return ['starting', 'running', 'restarting'].includes(String(value)) && waitingOf(snapshot) === 0
    case 'CRASH':
      return value === 'running'
    case 'IDLE_NOTICED':
      return !context.isPinned
    default:
      return true
  }
}

const isRestartOfRuntime = ({ value }: AgentModelSnapshot, { type }: ModelEvent) =>
  type === 'RESTART' && (value === 'running' || value === 'executing')

/** Events that are worth a step each for what the cell was told, and for whether others wait behind it. */
const variants: readonly string[] = ['HANDLER_OK', 'HANDLER_ERROR', 'STOP'] satisfies ModelEvent['type'][]

/** Paths of a person's notebook in the studio, each in a notebook of its own. */
export const studioPaths = modelPaths({
  model: studioModel,
  inputs: [{ restart: 'transient' }] satisfies ModelInput[],
  events: studioEvents,
  labelsOf: (snapshot, event) => {
    if (!isPossible(snapshot, event)) return undefined
    const labels = labelsOf(snapshot, event)
    return labels && isRestartOfRuntime(snapshot, event)
      ? [...labels, 'restarting | after(restart delay) | -']
      : labels
  },
  variantOf: (snapshot, { type }) => {
    if (!variants.includes(type)) return ''
    const told = type === 'STOP' ? '' : snapshot.context.ending
    return `${told} ${waitingOf(snapshot) > 0 ? 'others wait' : ''}`
  },
  keyOf: createAgentModel().keyOf,
  isHalf: (after) => comesNext(after) !== undefined,
  otherHalf: (after) => comesNext(after) as ModelEvent,
  maxLength: 40,
})
