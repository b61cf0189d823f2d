/**
 * The machines are pure data: contexts and facts that survive JSON, configs in which everything has a name, and files that
 * import XState and each other only.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { AnyStateMachine, EventObject } from 'xstate'
import { agentMachine, createFailure, executionMachine, registryMachine } from '../../machines/index.js'
import { projectMachines } from '../stately/all-machines.js'
import {
  agentInput,
  agentWalk,
  backoffOver,
  cancel,
  cellError,
  crash,
  displaced,
  executionBroke,
  executionDone,
  forgotten,
  request,
  requestOf,
  restart,
  runtimeUp,
  start,
  startFailed,
  startTimedOut,
  stateLost,
  stop,
  storeDied,
} from './agent-walk.js'
import { Walk } from './walk.js'

type Random = () => number

/** The same numbers in [0, 1) for the same seed (a linear congruential generator, constants of Numerical Recipes). */
function seededRandom(seed: number): Random {
  let state = seed
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
}

const pick = <Value>(random: Random, values: readonly Value[]): Value =>
  values[Math.floor(random() * values.length)] as Value

const thrown = Object.assign(new Error('a class instance'), { socket: new Map() })

const agentEvents = (epoch: number): EventObject[] => [
  start,
  start,
  request('q1'),
  request('q2'),
  request('q3'),
  cancel('q2'),
  cancel('q1'),
  restart,
  runtimeUp,
  runtimeUp,
  runtimeUp,
  startFailed(thrown as never),
  startTimedOut,
  backoffOver,
  executionDone(),
  cellError,
  stateLost(),
  stateLost('assetLoadFailed'),
  executionBroke(thrown),
  crash(epoch),
  crash(epoch - 1),
  displaced(epoch - 1),
  storeDied,
  forgotten(epoch - 1),
  { type: 'agent.stable' },
]

const executionInput = {
  agentId: 'agent:notebook',
  epoch: 1,
  sessionId: 'session',
  request: requestOf('q1'),
  timeoutMs: 5,
  forceOfferMs: 5_000,
  stalledAfterMs: 120_000,
  interruptGraceMs: 5,
}

const executionEvents: EventObject[] = [
  { type: 'xstate.done.actor.claim', output: { status: 'claimed' } } as EventObject,
  {
    type: 'xstate.done.actor.claim',
    output: { status: 'refused', failure: createFailure('notCapable') },
  } as EventObject,
  { type: 'xstate.error.actor.claim', error: thrown } as EventObject,
  cancel('q1'),
  cancel('q2'),
  { type: 'execution.interrupt' },
  { type: 'execution.force' },
  { type: 'approval.requested' },
  { type: 'approval.responded' },
  { type: 'handler.settled', result: { success: false, error: 'no' } } as EventObject,
  { type: 'handler.crashed', failure: createFailure('outOfMemory') } as EventObject,
  { type: 'xstate.after.execution timeout.execution.handling' },
]

const registryEvents: EventObject[] = [
  ...['a0', 'a1', 'a2'].map((agentId) => ({ type: 'agent.spawn', input: { ...agentInput(), agentId } })),
  { type: 'xstate.done.actor.a0', actorId: 'a0' } as EventObject,
  { type: 'xstate.error.actor.a1', actorId: 'a1', error: thrown } as EventObject,
  { type: 'registry.drain' },
]

const surviveJson = (value: unknown) => expect(JSON.parse(JSON.stringify(value))).toEqual(value)

/** Takes `steps` random events; checks what the machine holds and says after each. */
function wander(random: Random, walk: Walk<AnyStateMachine, { type: string }>, events: () => EventObject[]) {
  for (let step = 0; step < 30; step++) {
    walk.send(pick(random, events()))
    surviveJson(walk.context)
    surviveJson(walk.facts)
  }
  return walk.state
}

describe('contexts and facts are JSON', () => {
  const seeds = Array.from({ length: 150 }, (_, index) => index + 1)

  test('of an agent, after any path; the paths reach every state', () => {
    const reached = seeds.flatMap((seed) => {
      const walk = agentWalk({
        restartBudget: 2,
        restart: pick(seededRandom(seed), ['transient', 'temporary']),
      })
      const seen = new Set<unknown>()
      wander(seededRandom(seed), walk, () => {
        seen.add(walk.state)
        return [
          ...agentEvents(walk.context.epoch),
          ...(seed % 10 === 0 ? [stop, displaced(walk.context.epoch)] : []),
        ]
      })
      return [...seen, walk.state]
    })
    expect([...new Set(reached)].toSorted()).toEqual(Object.keys(agentMachine.root.states).toSorted())
  })

  test('of an execution, after any path; its output too', () => {
    for (const seed of seeds) {
      const walk = new Walk<typeof executionMachine, never>(executionMachine, executionInput)
      wander(seededRandom(seed), walk, () => executionEvents)
      if (walk.snapshot.output) surviveJson(walk.snapshot.output)
    }
  })

  test('of the registry, after any path', () => {
    for (const seed of seeds) {
      const walk = new Walk<typeof registryMachine, never>(registryMachine, { maxConcurrentAgents: 2 })
      wander(seededRandom(seed), walk, () => registryEvents)
    }
  })
})

const factories = ['context', 'input', 'output']

/** Paths of the functions that stand in a config itself. */
function inlineFunctions(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value === 'function') return factories.includes(path.at(-1) ?? '') ? [] : [path.join('.')]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, entry]) => inlineFunctions(entry, [...path, key]))
}

type Names = Readonly<Record<'actions' | 'guards' | 'actors' | 'delays', ReadonlySet<string>>>

const asArray = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])

/** The names that a config uses, by kind. */
function usedNames(config: unknown): Names {
  const names = {
    actions: new Set<string>(),
    guards: new Set<string>(),
    actors: new Set<string>(),
    delays: new Set<string>(),
  }
  const kinds = {
    actions: 'actions',
    entry: 'actions',
    exit: 'actions',
    guard: 'guards',
    src: 'actors',
  } as const
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, entry] of Object.entries(value)) {
      if (key in kinds)
        for (const name of asArray(entry)) names[kinds[key as keyof typeof kinds]].add(String(name))
      if (key === 'after') for (const delay of Object.keys(entry as object)) names.delays.add(delay)
      visit(entry)
    }
  }
  visit(config)
  return names
}

/** Used by actions rather than by the config: spawned actors, delays of raised events, one name in two forms. */
const usedByActions: Readonly<Record<string, readonly string[]>> = {
  registryMachine: ['agent', 'follower'],
  executionMachine: ['runHandler', 'silence'],
  agentMachine: ['restart window', 'stable after', 'idle until the warning', 'warning until the cull'],
}

describe.each(projectMachines)('%s', (exportName, machine) => {
  const implementations = machine.implementations as unknown as Record<keyof Names, object>

  test('has no inline functions but the factories of context, input and output', () => {
    expect(inlineFunctions(machine.config)).toEqual([])
  })

  test('implements every name that it uses, and uses every name that it implements', () => {
    const used = usedNames(machine.config)
    for (const kind of ['actions', 'guards', 'actors', 'delays'] as const) {
      const implemented = Object.keys(implementations[kind]).filter(
        (name) => !usedByActions[exportName]?.includes(name),
      )
      expect(implemented.toSorted()).toEqual([...used[kind]].toSorted())
    }
  })

  test('describes its states', () => {
    const states = Object.values(machine.root.states).filter((node) => node.type !== 'final')
    expect(states.filter((node) => !node.description).map((node) => node.key)).toEqual([])
  })
})

describe('files in machines/', () => {
  const directory = new URL('../../machines/', import.meta.url)
  const files = readdirSync(directory).filter((file) => file.endsWith('.ts'))
  const sourceOf = (file: string) => readFileSync(new URL(file, directory), 'utf8')

  test.each(files)('%s touches no clock, timer, random number, console, process or network', (file) => {
    const worldly =
      /\b(Date\.now|new Date|setTimeout|setInterval|Math\.random|console\.|process\.|fetch\(|crypto\.)/
    expect(worldly.exec(sourceOf(file))?.[0]).toBeUndefined()
  })
})
