import { createInspector, type StatelyActorEvent, type StatelyInspectionEvent } from '@statelyai/inspect'
import type { Store } from '@runtimed/schema'
import { describe, expect, test } from 'vitest'
import type { AnyActorRef, InspectionEvent } from 'xstate'
import { agentMachine, executionMachine, registryMachine } from '../../machines/index.js'
import { type Microstep, transitionsOfStep } from '../../machines/transitions-of-step.js'
import type { RuntimeAgentRegistryConfig } from '../../src/registry/runtime-types.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { createTestRegistry, openNotebook } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

const cellSource = 'the source of a cell'
const authToken = 'a token that opens everything'

/** Runs one cell of a notebook from the first start to the end of the registry. */
async function liveOnce(config: RuntimeAgentRegistryConfig): Promise<Store> {
  const store = await openNotebook([cellSource])
  const registry = createTestRegistry({ config })
  await registry.getOrCreateAgent(store.storeId, 'test', { store, authToken })
  store.commit(requestOf('q0', 'c0'))
  await waitUntil('the cell has run', () => queueRows(store)[0]?.status === 'completed')
  await registry.close()
  return store
}

type Frames = readonly StatelyInspectionEvent[]

/** The Stately inspector without a browser: what it would send. */
function headlessInspector(options: Parameters<typeof createInspector>[1] = {}) {
  const frames: StatelyInspectionEvent[] = []
  const send = (frame: StatelyInspectionEvent) => void frames.push(frame)
  return { frames, inspector: createInspector({ send }, { serializationDepthLimit: 30, ...options }) }
}

const isActor = (frame: StatelyInspectionEvent): frame is StatelyActorEvent => frame.type === '@xstate.actor'

/** The frame that introduces an actor, by what its name begins with. */
function introduction(frames: Frames, name: string): StatelyActorEvent {
  const found = frames.filter(isActor).find((frame) => frame.name.startsWith(name))
  if (!found) throw new Error(`No actor "${name}" was introduced.`)
  return found
}

/** The states that an actor was seen in, in order, each once in a row. */
function statesOf(frames: Frames, sessionId: string): unknown[] {
  const values = frames.flatMap((frame) =>
    frame.type === '@xstate.snapshot' && frame.sessionId === sessionId
      ? [(frame.snapshot as { value?: unknown }).value]
      : [],
  )
  return values.filter((value, index) => value !== values[index - 1])
}

/** The inspector hands its frames on in timers; the last one is that of the registry's end. */
const untilDrained = (frames: Frames) =>
  waitUntil('the end of the registry was sent', () => {
    const registry = frames.filter(isActor).find((frame) => frame.name === 'registry')
    return registry && statesOf(frames, registry.sessionId).includes('stopped')
  })

describe('the Stately inspector', () => {
  test('receives the definition of the registry, the agent and the execution', async () => {
    const { frames, inspector } = headlessInspector()
    await liveOnce({ inspect: inspector.inspect })
    await untilDrained(frames)
    for (const [name, machine] of [
      ['registry', registryMachine],
      ['agent:', agentMachine],
      ['execution', executionMachine],
    ] as const) {
      const definition = JSON.parse(introduction(frames, name).definition ?? '') as {
        id: string
        states: Record<string, unknown>
      }
      expect(definition.id).toBe(machine.id)
      expect(Object.keys(definition.states).toSorted()).toEqual(Object.keys(machine.root.states).toSorted())
    }
  })

  test('sees the agent under the registry, and the execution under the agent', async () => {
    const { frames, inspector } = headlessInspector()
    const store = await liveOnce({ inspect: inspector.inspect })
    await untilDrained(frames)
    const registry = introduction(frames, 'registry')
    const agent = introduction(frames, `agent:${store.storeId}`)
    const execution = introduction(frames, 'execution')
    expect([agent.parentId, execution.parentId]).toEqual([registry.sessionId, agent.sessionId])
    expect([registry, agent, execution].map((frame) => frame.rootId)).toEqual(
      [1, 2, 3].map(() => registry.sessionId),
    )
  })

  test('sees each of them go through its states', async () => {
    const { frames, inspector } = headlessInspector()
    await liveOnce({ inspect: inspector.inspect })
    await untilDrained(frames)
    const seen = (name: string) => statesOf(frames, introduction(frames, name).sessionId)
    expect(seen('registry')).toEqual(['active', 'draining', 'stopped'])
    expect(seen('agent:')).toEqual([
      'idle',
      'starting',
      'running',
      'executing',
      'running',
      'shuttingDown',
      'stopped',
    ])
    expect(seen('execution')).toEqual(['preparing', 'handling', 'succeeded'])
  })

  test('is sent no token, no source of a cell, and no store', async () => {
    const { frames, inspector } = headlessInspector()
    await liveOnce({ inspect: inspector.inspect })
    await untilDrained(frames)
    const sent = JSON.stringify(frames)
    expect(sent).toContain('"executionId":"q0"')
    expect(sent).not.toContain(authToken)
    expect(sent).not.toContain(cellSource)
    expect(sent).not.toContain('syncProcessor')
  })

  test('hands a sanitizer the contexts of machines, and undefined for promises and callbacks', async () => {
    const contexts: unknown[] = []
    const { frames, inspector } = headlessInspector({
      sanitizeContext: (context: Record<string, unknown> | undefined) => {
        contexts.push(context)
        return context && 'agentId' in context ? { agentId: context['agentId'] } : {}
      },
    })
    const store = await liveOnce({ inspect: inspector.inspect })
    await untilDrained(frames)
    expect(contexts).toContain(undefined)
    const agent = introduction(frames, 'agent:')
    const shown = frames.filter(
      (frame) => frame.type === '@xstate.snapshot' && frame.sessionId === agent.sessionId,
    )
    expect(shown.length).toBeGreaterThan(0)
    for (const frame of shown) {
      expect(frame).toMatchObject({ snapshot: { context: { agentId: `agent:${store.storeId}` } } })
    }
    expect(JSON.stringify(shown.map((frame) => 'snapshot' in frame && frame.snapshot))).not.toContain(
      'notebookId',
    )
  })
})

describe('any XState observer', () => {
  const namesOf = (events: readonly InspectionEvent[]) =>
    new Set(events.map((event) => (event.actorRef as AnyActorRef).id.replace(/:.*/, '')))

  test('as a function, sees every actor and which transitions were taken', async () => {
    const events: InspectionEvent[] = []
    await liveOnce({ inspect: (event) => void events.push(event) })
    expect([...namesOf(events)]).toEqual(
      expect.arrayContaining(['registry', 'agent', 'execution', 'handler', 'claim', 'runtime']),
    )
    const taken = events.flatMap((event) =>
      event.type === '@xstate.microstep' ? transitionsOfStep(event) : [],
    )
    expect(taken.map(({ eventType }) => eventType)).toEqual(
      expect.arrayContaining(['agent.spawn', 'execution.request', 'handler.settled', 'agent.stop']),
    )
  })

  test('an XState that does not tell transitions is named as the cause', () => {
    expect(() => transitionsOfStep({ type: '@xstate.microstep' } as Microstep)).toThrow(/xstate 5\.33/)
  })

  test('as an object, sees the same', async () => {
    const events: InspectionEvent[] = []
    await liveOnce({ inspect: { next: (event) => void events.push(event) } })
    expect([...namesOf(events)]).toEqual(expect.arrayContaining(['registry', 'agent', 'execution']))
  })

  test('sees nothing of a registry that it was not given to', async () => {
    const { frames, inspector } = headlessInspector()
    const events: InspectionEvent[] = []
    const bystander = await liveOnce({})
    expect([frames, events]).toEqual([[], []])
    const watched = await liveOnce({
      inspect: (event) => {
        events.push(event)
        inspector.inspect.next?.(event)
      },
    })
    await untilDrained(frames)
    const seen = new Set([
      ...events.map(({ actorRef }) => (actorRef as AnyActorRef).id),
      ...frames.filter(isActor).map(({ name }) => name),
    ])
    expect(seen).toContain(`agent:${watched.storeId}`)
    expect(seen).not.toContain(`agent:${bystander.storeId}`)
  })
})
