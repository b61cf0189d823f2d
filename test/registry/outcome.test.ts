/** Whatever a handler returns or throws is recorded alike by the agent of `@runtimed/agent-core` and by one of the registry. */
import type { ExecutionHandler } from '@runtimed/agent-core'
import { tables, type OutputType, type Store } from '@runtimed/schema'
import { describe, expect, test } from 'vitest'
import { startAgent } from '../agent-core/support.js'
import { readExecutionEnd } from '../../src/livestore/stored-end.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { createTestRegistry, openNotebook } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

async function recorded(store: Store) {
  store.commit(requestOf('q1', 'c0'))
  const row = await waitUntil('ended', () => queueRows(store).find(({ completedAt }) => completedAt !== null))
  const outputs = store.query(tables.outputs.orderBy('position', 'asc'))
  return {
    status: row.status,
    error: readExecutionEnd(store, 'q1')?.reason,
    outputs: outputs.map(({ outputType, streamName, mimeType, data }) => ({
      outputType,
      streamName,
      mimeType,
      data: outputType === 'error' ? withoutFrames(data) : data,
    })),
  }
}

/** The frames of a stack say through which agent the handler was called. */
function withoutFrames(data: string | null) {
  const error = JSON.parse(data ?? '{}') as { traceback: string[] }
  return { ...error, traceback: error.traceback.filter((line) => !line.startsWith('    at ')) }
}

async function bothEnds(handler: ExecutionHandler) {
  const plain = await openNotebook(['source'])
  await startAgent(plain, { handler })
  const supervised = await openNotebook(['source'])
  await createTestRegistry({ execute: handler }).getOrCreateAgent(supervised.storeId, 'test', {
    store: supervised,
  })
  return [await recorded(plain), await recorded(supervised)] as const
}

const data = { 'text/plain': 'plain', 'text/markdown': '# md' }
const returning =
  (result: unknown): ExecutionHandler =>
  () =>
    Promise.resolve(result as never)

describe('an outcome', () => {
  test.each<[OutputType, unknown]>([
    ['terminal', { streamName: 'stdout', data: 'plain' }],
    ['markdown', { data: '# md' }],
    ['multimedia_display', {}],
    ['multimedia_result', {}],
  ])('of outputType %s is written in that form by both agents', async (outputType, shown) => {
    const [plain, supervised] = await bothEnds(returning({ success: true, data, outputType }))
    expect(supervised).toEqual(plain)
    expect(supervised.outputs).toMatchObject([{ outputType, ...(shown as object) }])
  })

  test.each<[string, ExecutionHandler, string, string]>([
    ['a failure with data', returning({ success: false, data, error: 'half done' }), 'Error', 'half done'],
    ['no reason', returning({ success: false }), 'Error', 'The execution failed without saying why.'],
    ['a thrown error', () => Promise.reject(new TypeError('no such thing')), 'TypeError', 'no such thing'],
    ['a thrown text', () => Promise.reject('a text' as never), 'Error', 'a text'],
    ['nothing at all', returning(undefined), 'Error', 'The execution handler returned undefined; it must'],
  ])(
    'that is %s ends as failed, with one error output, in both agents',
    async (_, handler, ename, evalue) => {
      const [plain, supervised] = await bothEnds(handler)
      expect(supervised).toEqual(plain)
      expect(supervised.status).toBe('failed')
      expect(supervised.error).toContain(evalue)
      const errors = supervised.outputs.filter(({ outputType }) => outputType === 'error')
      expect(errors).toMatchObject([{ data: { ename, evalue: expect.stringContaining(evalue) } }])
      expect(JSON.stringify(errors)).toContain(`"traceback":["${ename}: ${evalue}`)
    },
  )
})
