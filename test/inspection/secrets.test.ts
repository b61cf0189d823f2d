import { describe, expect, test } from 'vitest'
import { assign, createActor, setup } from 'xstate'
import { leanStream } from '../../src/inspection/index.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { createTestRegistry, openNotebook } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'
import { connect, inspect, leanInspection, openEndpoint } from './support.js'

const secrets = {
  token: 'tok-5f1c0e77',
  source: 'src-8ab91d02',
  environment: 'env-77c0ffee',
  error: 'err-31337aaa',
  output: 'out-0badf00d',
  reason: 'why-deadbeef',
}

test('nothing that is sent in a run has a secret in it, whatever the cells do', async () => {
  process.env['INSPECTION_TEST_SECRET'] = secrets.environment
  const endpoint = await openEndpoint()
  const lean = await connect(endpoint.leanUrl)
  const stately = await connect(endpoint.statelyUrl)
  const inspection = inspect({ target: endpoint })
  const store = await openNotebook([
    `login("${secrets.source}")`,
    `raise("${secrets.source}")`,
    'wait',
    'crash',
  ])
  let life = 0
  const registry = createTestRegistry({
    config: { inspect: inspection.inspect },
    settings: { errorPolicy: 'continue', interruptGraceMs: 50 },
    instance: ({ onCrash }) => {
      life += 1
      return {
        execute: async ({ cell, stdout, abortSignal }) => {
          stdout(`${process.env['INSPECTION_TEST_SECRET']} ${secrets.output}`)
          if (cell.source.startsWith('raise')) throw new Error(`${secrets.error} in ${cell.source}`)
          if (cell.source === 'wait')
            await new Promise((resolve) => abortSignal.addEventListener('abort', resolve))
          if (cell.source === 'crash') onCrash({ code: 'runtimeCrashed', message: secrets.error })
          return { success: !cell.source.startsWith('raise'), error: secrets.error }
        },
      }
    },
  })
  const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store, authToken: secrets.token })
  for (const [index, cell] of ['c0', 'c1', 'c2'].entries())
    store.commit(requestOf(`q${index}`, cell, index + 1))
  await waitUntil('a cell waits', () => queueRows(store)[2]?.status === 'executing')
  agent.actorRef.send({ type: 'execution.cancel', executionId: 'q2', reason: secrets.reason })
  await waitUntil('it is cancelled', () => queueRows(store)[2]?.status === 'cancelled')
  store.commit(requestOf('q3', 'c3', 4))
  await waitUntil('the runtime came back', () => life > 1)
  await registry.close()
  inspection.stop()
  await waitUntil('both were told the end', () =>
    [lean, stately].every(({ messages }) => messages.some((text) => text.includes('"stopped"'))),
  )
  const sent = [...lean.messages, ...stately.messages].join('\n')
  expect(sent).toContain('"executionId":"q2"')
  expect(sent).toContain('handling')
  for (const [kind, secret] of Object.entries(secrets))
    expect([kind, sent.includes(secret)]).toEqual([kind, false])
  expect(sent).not.toContain('syncProcessor')
  delete process.env['INSPECTION_TEST_SECRET']
})

describe('a machine of somebody else', () => {
  const machine = setup({
    types: {
      context: {} as { password: string; count: number },
      events: {} as { type: 'go'; password: string },
    },
    actions: { remember: assign({ password: (_, { password }: { password: string }) => password }) },
  }).createMachine({
    id: 'door',
    context: { password: 'static-secret', count: 1 },
    initial: 'closed',
    states: {
      closed: {
        on: { go: { target: 'open', actions: { type: 'remember', params: { password: 'param-secret' } } } },
      },
      open: {},
    },
  })

  function told(fields?: Record<string, readonly string[]>): string {
    const { inspection, frames } = leanInspection({ ...(fields && { fields }) })
    const actor = createActor(machine, { inspect: inspection.inspect }).start()
    actor.send({ type: 'go', password: 'event-secret' })
    inspection.stop()
    return JSON.stringify(frames)
  }

  test('shows its states and events, and none of its data', () => {
    expect(told()).toContain('"to":"open"')
    expect(told()).not.toMatch(/secret/)
  })

  test('shows the fields that are named', () => {
    expect(told({ door: ['count'] })).toContain('"context":{"count":1}')
    expect(told({ door: ['count'] })).not.toMatch(/secret/)
  })
})

test('a target that throws does not harm what is inspected', async () => {
  const inspection = inspect({
    target: leanStream(() => {
      throw new Error('the viewer broke')
    }),
  })
  const store = await openNotebook(['1'])
  const registry = createTestRegistry({ config: { inspect: inspection.inspect } })
  await registry.getOrCreateAgent(store.storeId, 'test', { store })
  store.commit(requestOf('q0', 'c0'))
  await waitUntil('the cell has run', () => queueRows(store)[0]?.status === 'completed')
})
