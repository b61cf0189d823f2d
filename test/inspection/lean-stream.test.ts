import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { waitUntil } from '../support/wait-for.js'
import { executionOf } from '../../machines/index.js'
import { requestOf } from '../support/notebooks.js'
import { createTestRegistry, openNotebook } from '../support/test-registry.js'
import { connect, inspect, leanInspection, ofKind, openEndpoint, runCell, watchedAgent } from './support.js'
import type { LeanFrame, LeanRecord } from '../../src/inspection/index.js'

describe('the lean stream', () => {
  test('tells each machine once, before the first actor that runs it', async () => {
    const { inspection, records } = leanInspection()
    const { store } = await watchedAgent(inspection)
    await runCell(store)
    await runCell(store)
    await waitUntil('both executions have ended', () => endedExecutions(records()).length === 2)
    const definitions = ofKind(records(), 'definition')
    expect(definitions.map(({ id }) => id).sort()).toEqual(['agent', 'execution', 'registry'])
    for (const { id } of definitions) {
      const place = (kind: LeanRecord['kind']) =>
        records().findIndex(
          (record) =>
            record.kind === kind &&
            (record.kind === 'actor' ? record.machine : record.kind === 'definition' && record.id) === id,
        )
      expect(place('definition')).toBeLessThan(place('actor'))
    }
  })

  test('tells every state an actor went through, with the event, its sender and the guard that held', async () => {
    const { inspection, records } = leanInspection()
    const { store } = await watchedAgent(inspection)
    await runCell(store)
    await waitUntil('the agent runs again', () => transitionsOf(records(), 'agent:').at(-1)?.to === 'running')
    expect(transitionsOf(records(), 'agent:').filter(({ from, to }) => from !== to)).toMatchObject([
      { from: '', to: 'idle', event: 'xstate.init' },
      { from: 'idle', to: 'starting', event: 'agent.start', source: null },
      {
        from: 'starting',
        to: 'running',
        event: 'xstate.done.actor.runtime',
        source: expect.any(String) as string,
      },
      { from: 'running', to: 'executing', event: 'execution.request' },
      { from: 'executing', to: 'running', event: 'xstate.done.actor.execution' },
    ])
    const execution = transitionsOf(records(), 'execution')
    expect(execution.map(({ to, guard }) => [to, guard])).toContainEqual(['handling', 'claim is won'])
    const nameOf = (id: string | null) => ofKind(records(), 'actor').find((actor) => actor.id === id)?.name
    const sender = transitionsOf(records(), 'agent:').find(
      ({ event }) => event === 'xstate.done.actor.execution',
    )
    expect(nameOf(sender?.source ?? null)).toBe('execution')
  })

  test('an inspection that begins later is told how all actors stand, and what happens from then on, until it stops', async () => {
    let release = () => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    const store = await openNotebook(['1'])
    const registry = createTestRegistry({
      instance: () => ({ execute: () => released.then(() => ({ success: true })) }),
    })
    const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    store.commit(requestOf('q0', 'c0'))
    const states = () => executionOf(agent.actorRef.getSnapshot())?.value
    await waitUntil('the cell runs', () => states() === 'handling')
    const { inspection, frames, records } = leanInspection()
    inspection.watch(agent.actorRef)
    inspection.watch(registry.actorRef)
    await waitUntil('a frame has come', () => frames.length > 0)
    const actors = ofKind(records(), 'actor')
    expect(actors.filter(({ machine }) => machine !== null)).toMatchObject([
      { name: 'registry', parent: null, machine: 'registry', value: 'active' },
      { name: `agent:${store.storeId}`, parent: actors[0]?.id, machine: 'agent', value: 'executing' },
      { name: 'execution', machine: 'execution', value: 'handling' },
    ])
    expect(actors.map(({ name }) => name)).toContain('handler')
    expect(transitionsOf(records(), 'agent:')).toMatchObject([
      { from: '', to: 'executing', event: 'inspection.begin' },
    ])
    release()
    await waitUntil('the agent runs again', () => transitionsOf(records(), 'agent:').at(-1)?.to === 'running')
    expect(transitionsOf(records(), 'agent:').slice(1)).toMatchObject([
      { from: 'executing', to: 'running', event: 'xstate.done.actor.execution' },
    ])
    inspection.stop()
    const told = records().length
    await registry.close()
    expect(records().length).toBe(told)
  })

  test('shows the tree: handler under execution under agent under registry', async () => {
    const { inspection, records } = leanInspection()
    const { store } = await watchedAgent(inspection)
    await runCell(store)
    await waitUntil('the execution has ended', () => endedExecutions(records()).length === 1)
    const actors = new Map(ofKind(records(), 'actor').map((actor) => [actor.id, actor]))
    const lineage = (name: string): string[] => {
      const names: string[] = []
      let actor = [...actors.values()].find((candidate) => candidate.name === name)
      while (actor) {
        names.push(actor.name.replace(/:.*/, ''))
        actor = actors.get(actor.parent ?? '')
      }
      return names
    }
    expect(lineage('handler')).toEqual(['handler', 'execution', 'agent', 'registry'])
  })

  test('collects what happens within a frame: one record per actor, whatever it went through', async () => {
    const { inspection, frames, records } = leanInspection({ frameMs: 30_000 })
    const { store } = await watchedAgent(inspection)
    await runCell(store)
    expect(frames).toEqual([])
    inspection.stop()
    expect(frames).toHaveLength(1)
    const ids = ofKind(records(), 'actor').map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('keeps a bounded number of transitions, and says how many it left out', async () => {
    const { inspection, frames, records } = leanInspection({ frameMs: 30_000 })
    const { registry, store } = await watchedAgent(inspection)
    const agent = registry.getAgent(store.storeId)
    for (let count = 0; count < 3_000; count++) agent?.actorRef.send({ type: 'agent.pin' })
    inspection.stop()
    expect(frames).toHaveLength(1)
    const told = ofKind(records(), 'transition').length
    expect(told).toBe(1_000)
    expect(frames[0]?.dropped).toBeGreaterThan(1_900)
  })

  test('leaves out nothing of a program that is so busy that timers are late', async () => {
    const { inspection, frames, records } = leanInspection({ frameMs: 30_000 })
    const { registry, store } = await watchedAgent(inspection)
    const agent = registry.getAgent(store.storeId)
    for (let count = 0; count < 3_000; count++) {
      agent?.actorRef.send({ type: 'agent.pin' })
      await Promise.resolve()
    }
    inspection.stop()
    expect(transitionsOf(records(), 'agent:').filter(({ event }) => event === 'agent.pin')).toHaveLength(
      3_000,
    )
    expect(frames.map(({ dropped }) => dropped)).toEqual(frames.map(() => 0))
  })

  test('tells nothing more once it is stopped', async () => {
    const { inspection, frames } = leanInspection({ frameMs: 1 })
    const { store } = await watchedAgent(inspection)
    inspection.stop()
    const told = frames.length
    await runCell(store)
    expect(frames).toHaveLength(told)
  })
})

describe('a viewer of the endpoint', () => {
  test('that comes late is told everything first, and then what changes', async () => {
    const endpoint = await openEndpoint()
    const { store } = await watchedAgent(inspect({ target: endpoint }))
    await runCell(store)
    const viewer = await connect(endpoint.leanUrl)
    const frames = () => viewer.messages.map((text) => JSON.parse(text) as LeanFrame)
    await waitUntil('the whole frame came', () => frames().length > 0)
    expect(frames()[0]).toMatchObject({ version: 1, reset: true })
    const first = frames()[0]?.records ?? []
    expect(
      ofKind(first, 'definition')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['agent', 'execution', 'registry'])
    expect(endedExecutions(first)).toHaveLength(1)
    expect(transitionsOf(first, 'agent:').map(({ to }) => to)).toContain('executing')
    await runCell(store)
    const later = () =>
      frames()
        .slice(1)
        .flatMap(({ records }) => records)
    await waitUntil('the second execution came', () => endedExecutions(later()).length === 1)
    expect(
      frames()
        .slice(1)
        .some(({ reset }) => reset),
    ).toBe(false)
  })

  test('that takes nothing misses frames, is told everything again, and holds nobody up', async () => {
    const endpoint = await openEndpoint()
    const inspection = inspect({
      target: endpoint,
      frameMs: 1,
      fields: { agent: ['settings', 'stopReason'] },
    })
    const { registry, store } = await watchedAgent(inspection)
    const agent = registry.getAgent(store.storeId)
    const viewer = await connect(endpoint.leanUrl)
    await waitUntil('the whole frame came', () => viewer.messages.length > 0)
    viewer.socket.pause()
    for (let round = 0; round < 150; round++) {
      for (let count = 0; count < 900; count++) agent?.actorRef.send({ type: 'agent.pin' })
      await setImmediate()
    }
    await runCell(store)
    const before = viewer.messages.length
    viewer.socket.resume()
    const frames = () => viewer.messages.slice(before).map((text) => JSON.parse(text) as LeanFrame)
    await waitUntil('it is told everything again', () => frames().some(({ reset }) => reset))
    const last = frames().findLast(({ reset }) => reset)
    expect(endedExecutions(last?.records ?? [])).toHaveLength(1)
    expect(Buffer.byteLength(viewer.messages.slice(before).join(''))).toBeLessThan(8_000_000)
  })
})

function transitionsOf(records: readonly LeanRecord[], name: string) {
  const ids = new Set(
    ofKind(records, 'actor')
      .filter((actor) => actor.name.startsWith(name))
      .map(({ id }) => id),
  )
  return ofKind(records, 'transition').filter(({ actor }) => ids.has(actor))
}

function endedExecutions(records: readonly LeanRecord[]) {
  const ended = ofKind(records, 'actor').filter(
    ({ name, status }) => name === 'execution' && status === 'done',
  )
  return [...new Set(ended.map(({ id }) => id))]
}
