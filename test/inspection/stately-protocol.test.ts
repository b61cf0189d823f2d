import {
  createWebSocketReceiver,
  type StatelyActorEvent,
  type StatelyInspectionEvent,
} from '@statelyai/inspect'
import { expect, test } from 'vitest'
import { agentMachine, executionMachine, registryMachine } from '../../machines/index.js'
import type { InspectionEndpoint } from '../../src/inspection/index.js'
import { waitUntil } from '../support/wait-for.js'
import { inspect, openEndpoint, runCell, watchedAgent } from './support.js'

/** A receiver that knows nothing of this project. */
function receive({ statelyUrl }: InspectionEndpoint): StatelyInspectionEvent[] {
  const messages: StatelyInspectionEvent[] = []
  createWebSocketReceiver({ server: statelyUrl }).subscribe((message) => void messages.push(message))
  return messages
}

const actors = (messages: readonly StatelyInspectionEvent[]) =>
  messages.filter((message): message is StatelyActorEvent => message.type === '@xstate.actor')

const actorNamed = (messages: readonly StatelyInspectionEvent[], name: string) =>
  actors(messages).find((actor) => actor.name.startsWith(name))

/** The states that an actor was seen in, in order. */
function statesOf(messages: readonly StatelyInspectionEvent[], name: string): unknown[] {
  const { sessionId } = actorNamed(messages, name) ?? {}
  const values = messages.flatMap((message) =>
    message.sessionId === sessionId && 'snapshot' in message && 'value' in message.snapshot
      ? [message.snapshot.value]
      : [],
  )
  return values.filter((value, index) => value !== values[index - 1])
}

test('a receiver of @statelyai/inspect sees all actors, their definitions and their states', async () => {
  const endpoint = await openEndpoint()
  const messages = receive(endpoint)
  await waitUntil('it is connected', () => endpoint.viewers === 1)
  const { registry, store } = await watchedAgent(inspect({ target: endpoint }))
  await runCell(store)
  await registry.close()
  await waitUntil('the end came', () => statesOf(messages, 'registry').includes('stopped'))
  for (const [name, machine] of [
    ['registry', registryMachine],
    ['agent:', agentMachine],
    ['execution', executionMachine],
  ] as const) {
    const definition = JSON.parse(actorNamed(messages, name)?.definition ?? '') as {
      id: string
      states: Record<string, unknown>
    }
    expect(definition.id).toBe(machine.id)
    expect(Object.keys(definition.states)).toEqual(Object.keys(machine.root.states))
  }
  expect(statesOf(messages, 'registry')).toEqual(['active', 'draining', 'stopped'])
  expect(statesOf(messages, 'agent:')).toEqual([
    'idle',
    'starting',
    'running',
    'executing',
    'running',
    'shuttingDown',
    'stopped',
  ])
  expect(statesOf(messages, 'execution')).toEqual(['preparing', 'handling', 'succeeded'])
  expect(actorNamed(messages, 'execution')?.parentId).toBe(actorNamed(messages, 'agent:')?.sessionId)
  expect(new Set(messages.map(({ rootId }) => rootId)).size).toBe(1)
})

test('one that comes late is introduced to all actors, with what they are now', async () => {
  const endpoint = await openEndpoint()
  const { store } = await watchedAgent(inspect({ target: endpoint }))
  await runCell(store)
  const messages = receive(endpoint)
  await waitUntil('it is introduced', () => actorNamed(messages, 'handler'))
  expect(actorNamed(messages, 'registry')?.snapshot).toMatchObject({ status: 'active', value: 'active' })
  expect(actorNamed(messages, 'agent:')?.snapshot).toMatchObject({
    value: 'running',
    context: { agentId: `agent:${store.storeId}`, epoch: 1 },
  })
  expect(actorNamed(messages, 'execution')?.snapshot).toMatchObject({ status: 'done', value: 'succeeded' })
  await runCell(store)
  await waitUntil(
    'a second execution came',
    () => actors(messages).filter(({ name }) => name === 'execution')[1],
  )
})
