import { initialTransition, transition, type SnapshotFrom } from 'xstate'
import { keyOf } from '../../src/testing/agent-model.js'
import { labelText } from '../machines/transitions.js'
import {
  agentModel,
  modelEvents,
  type ModelEvent,
  type ModelInput,
  type ModelMeta,
} from '../../src/testing/agent.model.js'
import { coverTransitions } from '../../src/testing/cover-transitions.js'

export type ModelSnapshot = SnapshotFrom<typeof agentModel>

/** One step of a path: what happens, the agent's transition that it must cause, and where the model stands then. */
export interface ModelStep {
  readonly event: ModelEvent
  readonly label: string
  readonly after: ModelSnapshot
}

export interface ModelPath {
  readonly input: ModelInput
  readonly steps: readonly ModelStep[]
}

const initialOf = (input: ModelInput): ModelSnapshot => initialTransition(agentModel, input)[0]

/** The agent's transition that the model expects for an event; undefined when the event cannot happen now. */
function expectedLabel(snapshot: ModelSnapshot, event: ModelEvent): string | undefined {
  const [taken] = agentModel.getTransitionData(snapshot as never, event) ?? []
  if (!taken) return undefined
  const { meta, source } = taken as unknown as { meta: ModelMeta; source: { path: string[] } }
  return labelText({ ...meta, state: meta.ofAnyState ? '' : source.path.join('.') })
}

/** What a path must cover: the agent's transition, by the event that causes it and by what a running handler was told. */
function coverLabel(snapshot: ModelSnapshot, event: ModelEvent): string | undefined {
  const label = expectedLabel(snapshot, event)
  return label && `${label} <- ${event.type}, told ${snapshot.context.ending}`
}

/** Paths that take every transition of the model, first with restarts, then what is left without. */
export function agentPaths(maxLength: number) {
  const covered = new Set<string>()
  const covers = (['transient', 'temporary'] as const).map((restart) => {
    const input: ModelInput = { restart }
    const cover = coverTransitions<ModelEvent>({
      machine: agentModel,
      initial: initialOf(input),
      events: modelEvents,
      keyOf: keyOf as never,
      labelOf: coverLabel as never,
      maxLength,
      covered,
    })
    for (const label of cover.labels) covered.add(label)
    return { input, cover }
  })
  const paths = covers.flatMap(({ input, cover }) => cover.paths.map((events) => replay(input, events)))
  return {
    paths,
    /** Transitions of the agent that the paths take. */
    labels: new Set(paths.flatMap(({ steps }) => steps.map(({ label }) => label))),
    states: covers.reduce((sum, { cover }) => sum + cover.states, 0),
    edges: covers.reduce((sum, { cover }) => sum + cover.edges, 0),
  }
}

function replay(input: ModelInput, events: readonly ModelEvent[]): ModelPath {
  let snapshot = initialOf(input)
  const last = events.reduce((before, event) => transition(agentModel, before, event)[0], snapshot)
  const complete = last.context.isStartOnItsWay ? [...events, { type: 'START' } as const] : events
  const steps = complete.map((event) => {
    const label = expectedLabel(snapshot, event) ?? ''
    snapshot = transition(agentModel, snapshot, event)[0]
    return { event, label, after: snapshot }
  })
  return { input, steps }
}

/** `REQUEST, RUNTIME_UP, CRASH mendable`, for titles and messages. */
export const describeSteps = (steps: readonly ModelStep[]): string =>
  steps.map(({ event }) => ('breakage' in event ? `${event.type} ${event.breakage}` : event.type)).join(', ')
