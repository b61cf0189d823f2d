import { eventText } from './event-text.js'
import {
  toList,
  type InvokeDefinition,
  type JsonValue,
  type NamedDefinition,
  type StateDefinition,
  type StateType,
  type TransitionDefinition,
  type TransitionsDefinition,
} from './machine-definition.js'

/** One state of a machine with everything a picture of it can show. */
export interface GraphState {
  /** Keys from the root, joined with dots as in `snapshot.matches`; the empty string for the machine itself. */
  readonly path: string
  readonly key: string
  /** XState's id: the custom id when there is one, else the machine id and the path. */
  readonly id: string
  readonly type: StateType
  /** Only on history states. */
  readonly history?: 'shallow' | 'deep'
  /** Path of the state that is entered first; only on compound states. */
  readonly initial?: string
  readonly initialActions: readonly string[]
  readonly description?: string
  readonly tags: readonly string[]
  readonly invokes: readonly string[]
  readonly entry: readonly string[]
  readonly exit: readonly string[]
  readonly children: readonly GraphState[]
}

/** One way out of a state. */
export interface GraphTransition {
  /** Path of the state that it leaves. */
  readonly source: string
  /** XState's event type, such as `xstate.done.actor.run`; empty for `always`. Unique only with guard and order. */
  readonly event: string
  /** What a reader calls the event: `cell.run`, `always`, `after 500 ms`, `done: run`, `error: run`. */
  readonly trigger: string
  readonly guard?: string
  readonly actions: readonly string[]
  /** Paths of the states it enters; empty when the machine stays where it is. */
  readonly targets: readonly string[]
  readonly reenter: boolean
}

/** The states and transitions of one machine, in document order. */
export interface MachineGraph {
  readonly root: GraphState
  /** Every state, the root first, parents before children. */
  readonly states: readonly GraphState[]
  readonly transitions: readonly GraphTransition[]
}

interface Placed {
  readonly state: GraphState
  readonly definition: StateDefinition
  readonly parent: Placed | undefined
}

/**
 * Reads the JSON definition of a machine as a graph, resolving targets by XState's rules.
 * It uses nothing but its argument, so it runs in Node and in a browser alike.
 *
 * @throws Error when a target names no state of the machine; the message says which and from where.
 */
export function machineGraph(definition: StateDefinition): MachineGraph {
  const machineId = definition.id ?? '(machine)'
  const root = graphState(definition, machineId, machineId, [])
  const placed = place(root, definition, undefined)
  const byId = new Map(placed.map((entry) => [entry.state.id, entry.state]))
  const transitions = placed.flatMap((entry) => transitionsOf(entry, byId))
  return { root, states: placed.map((entry) => entry.state), transitions }
}

/**
 * The label of a transition, as UML writes it: `event [guard] / first action, second action`.
 * A transition that neither moves nor acts exists to forbid its event and says `(ignored)`.
 */
export function transitionLabel(transition: GraphTransition): string {
  const guard = transition.guard === undefined ? '' : ` [${transition.guard}]`
  const actions = transition.actions.length === 0 ? '' : ` / ${transition.actions.join(', ')}`
  const isInert = transition.targets.length === 0 && transition.actions.length === 0
  return `${transition.trigger}${guard}${actions}${isInert ? ' (ignored)' : ''}`
}

/** Whether the transition neither leaves its state nor goes to another one: it belongs inside the state's box. */
export function staysInside(transition: GraphTransition): boolean {
  return transition.targets.every((target) => target === transition.source)
}

/** The label of a transition that stays inside its state, saying whether it returns to the state. */
export function inPlaceLabel(transition: GraphTransition): string {
  const label = transitionLabel(transition)
  if (transition.targets.length === 0) return label
  return `${label} ${transition.reenter ? '(re-enters)' : '(stays)'}`
}

function graphState(
  definition: StateDefinition,
  machineId: string,
  key: string,
  path: readonly string[],
): GraphState {
  const children = Object.entries(definition.states ?? {}).map(([childKey, child]) =>
    graphState(child, machineId, childKey, [...path, childKey]),
  )
  return {
    path: path.join('.'),
    key,
    id: definition.id ?? [machineId, ...path].join('.'),
    type: definition.type ?? inferType(definition, children.length),
    ...initialOf(definition, path),
    ...(definition.history ? { history: definition.history === 'deep' ? 'deep' : 'shallow' } : {}),
    ...(definition.description === undefined ? {} : { description: definition.description }),
    tags: toList(definition.tags),
    invokes: toList(definition.invoke).map((invoke) => invoke.src),
    entry: toList(definition.entry).map(nameOf),
    exit: toList(definition.exit).map(nameOf),
    children,
  }
}

function inferType(definition: StateDefinition, childCount: number): StateType {
  if (childCount > 0) return 'compound'
  return definition.history ? 'history' : 'atomic'
}

function initialOf(
  definition: StateDefinition,
  path: readonly string[],
): Pick<GraphState, 'initial' | 'initialActions'> {
  const initial = definition.initial
  if (initial === undefined || definition.type === 'parallel') return { initialActions: [] }
  const target = typeof initial === 'string' ? initial : initial.target
  const actions = typeof initial === 'string' ? [] : toList(initial.actions).map(nameOf)
  return { initial: [...path, target.replace(/^\./, '')].join('.'), initialActions: actions }
}

function place(state: GraphState, definition: StateDefinition, parent: Placed | undefined): Placed[] {
  const self: Placed = { state, definition, parent }
  const below = state.children.flatMap((child) => {
    const childDefinition = definition.states?.[child.key]
    return childDefinition === undefined ? [] : place(child, childDefinition, self)
  })
  return [self, ...below]
}

type StatesById = ReadonlyMap<string, GraphState>

function transitionsOf(source: Placed, byId: StatesById): GraphTransition[] {
  const { definition, state } = source
  const read = (event: string, trigger: string, candidates: TransitionsDefinition | undefined) =>
    toList(candidates).map((candidate) => graphTransition(source, byId, event, trigger, candidate))
  const events = Object.entries(definition.on ?? {}).flatMap(([event, candidates]) =>
    read(event, eventText(event), candidates),
  )
  const invokes = toList(definition.invoke).flatMap((invoke, index) =>
    invokeEvents(invoke, `${index}.${state.id}`).flatMap((entry) => read(...entry)),
  )
  const delays = Object.entries(definition.after ?? {}).flatMap(([delay, candidates]) =>
    read(`xstate.after.${delay}.${state.id}`, delayTrigger(delay), candidates),
  )
  return [
    ...read('', 'always', definition.always),
    ...events,
    ...read(`xstate.done.state.${state.id}`, 'done', definition.onDone),
    ...invokes,
    ...delays,
  ]
}

type EventTransitions = [event: string, trigger: string, candidates: TransitionsDefinition | undefined]

function invokeEvents(invoke: InvokeDefinition, defaultId: string): EventTransitions[] {
  const id = invoke.id ?? defaultId
  const label = invoke.id ?? invoke.src
  return [
    [`xstate.done.actor.${id}`, `done: ${label}`, invoke.onDone],
    [`xstate.error.actor.${id}`, `error: ${label}`, invoke.onError],
    [`xstate.snapshot.${id}`, `snapshot: ${label}`, invoke.onSnapshot],
  ]
}

function delayTrigger(delay: string): string {
  return Number.isNaN(Number(delay)) ? `after ${delay}` : `after ${delay} ms`
}

function graphTransition(
  source: Placed,
  byId: StatesById,
  event: string,
  trigger: string,
  candidate: string | TransitionDefinition,
): GraphTransition {
  const transition = typeof candidate === 'string' ? { target: candidate } : candidate
  const targets = toList(transition.target).filter((target) => target !== '')
  return {
    source: source.state.path,
    event,
    trigger,
    ...(transition.guard === undefined ? {} : { guard: nameOf(transition.guard) }),
    actions: toList(transition.actions).map(nameOf),
    targets: targets.map((target) => resolveTarget(source, target, byId).path),
    reenter: transition.reenter ?? false,
  }
}

function resolveTarget(source: Placed, target: string, byId: StatesById): GraphState {
  const found = target.startsWith('#')
    ? findById(target.slice(1), byId)
    : target.startsWith('.')
      ? descend(source.state, target.slice(1).split('.'))
      : descend(source.parent?.state, target.split('.'))
  if (found) return found
  throw new Error(
    `The target "${target}" of a transition from "${source.state.id}" names no state. ` +
      `Expected a sibling, ".child" or "#id"; known ids: ${[...byId.keys()].join(', ')}.`,
  )
}

function findById(target: string, byId: StatesById): GraphState | undefined {
  const [id = '', ...keys] = target.split('.')
  return descend(byId.get(id), keys)
}

function descend(state: GraphState | undefined, keys: readonly string[]): GraphState | undefined {
  return keys.reduce((current, key) => current?.children.find((child) => child.key === key), state)
}

function nameOf(named: NamedDefinition): string {
  if (typeof named === 'string') return named
  return named.params === undefined ? named.type : `${named.type}(${paramsText(named.params)})`
}

function paramsText(params: JsonValue): string {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return JSON.stringify(params)
  return Object.entries(params)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join(', ')
}
