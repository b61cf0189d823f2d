import { expect, it } from 'vitest'
import { routeCellMagics } from '../../src/execution/cell-magics.js'
import {
  defineExecutionHandler,
  isDefinedExecutionHandler,
  toHandlerDefinition,
  type DefinedExecutionHandler,
} from '../../src/execution/handler.js'
import { createHtmlExecutionHandler } from '../../src/handlers/html/handler.js'
import { recordingContext } from '../support/recording-context.js'

const start = { notebookId: 'notebook-1', sessionId: 'session-1', onCrash: () => {} }
const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }

function baseHandler(events: string[]): DefinedExecutionHandler {
  return defineExecutionHandler({
    name: 'base',
    capabilities,
    startTimeoutMs: 5,
    create: (options) => ({
      start: async () => void events.push(`start ${options.sessionId}`),
      execute: async (context) => {
        events.push(`execute ${context.cell.source}`)
        return { success: true }
      },
      interrupt: () => void events.push('interrupt'),
      dispose: async () => void events.push('dispose'),
    }),
  })
}

it('gives %%html cells to the html handler, and everything else to the base', async () => {
  const events: string[] = []
  const routed = routeCellMagics(baseHandler(events), { html: createHtmlExecutionHandler() })
  const instance = routed.definition.create(start)
  const html = recordingContext('%%html\n<b>bold</b>')
  await instance.execute(html.context)
  await instance.execute(recordingContext('x = "%%html"').context)
  await instance.execute(recordingContext('%%html', { cellType: 'sql' }).context)
  expect(html.outputs).toEqual([
    {
      output_type: 'display_data',
      data: { 'text/html': '<b>bold</b>', 'text/plain': '<b>bold</b>' },
      metadata: {},
    },
  ])
  expect(events).toEqual(['execute x = "%%html"', 'execute %%html'])
})

it('starts nothing for %%html cells, and keeps the name and limits of the base', async () => {
  const events: string[] = []
  const routed = routeCellMagics(baseHandler(events), { html: createHtmlExecutionHandler() })
  expect(routed.definition).toMatchObject({ name: 'base', capabilities, startTimeoutMs: 5 })
  const instance = routed.definition.create(start)
  await instance.execute(recordingContext('%%html\n<p>').context)
  expect(events).toEqual([])
  await instance.start?.()
  await instance.execute(recordingContext('1').context)
  instance.interrupt?.()
  await instance.dispose()
  expect(events).toEqual(['start session-1', 'execute 1', 'interrupt', 'dispose'])
})

it('starts one instance per session when called as a plain function, and disposes each', async () => {
  const events: string[] = []
  const handler = baseHandler(events)
  await Promise.all(
    ['a', 'b'].map((source) => handler(recordingContext(source, { sessionId: 'one' }).context)),
  )
  await handler(recordingContext('c', { sessionId: 'two' }).context)
  await handler.dispose('one')
  await handler.dispose()
  expect(events).toEqual([
    'start one',
    'execute a',
    'execute b',
    'start two',
    'execute c',
    'dispose',
    'dispose',
  ])
})

it('tries again after an instance that failed to start', async () => {
  let starts = 0
  const handler = defineExecutionHandler({
    name: 'unsteady',
    capabilities,
    create: () => ({
      start: async () => {
        starts += 1
        if (starts === 1) throw new Error('not yet')
      },
      execute: async () => ({ success: true }),
      dispose: async () => {},
    }),
  })
  await expect(handler(recordingContext('1').context)).rejects.toThrow('not yet')
  await expect(handler(recordingContext('1').context)).resolves.toEqual({ success: true })
})

it('wraps a plain function, whose execution settles when the signal aborts', async () => {
  const plain = async () => new Promise<never>(() => {})
  const definition = toHandlerDefinition(plain, { name: 'plain', capabilities, repeatable: true })
  expect(definition).toMatchObject({ name: 'plain', repeatable: true })
  const recording = recordingContext('1')
  const running = definition.create(start).execute(recording.context)
  recording.abort()
  await expect(running).rejects.toThrow('Execution cancelled')
})

it('takes the definition of a defined handler as it is', () => {
  const html = createHtmlExecutionHandler()
  expect(isDefinedExecutionHandler(html)).toBe(true)
  expect(toHandlerDefinition(html, { name: 'other', capabilities })).toBe(html.definition)
})

it('turns a synchronous throw of a plain function into a rejection', async () => {
  const broken = () => {
    throw new Error('broken')
  }
  const definition = toHandlerDefinition(broken, { name: 'broken', capabilities })
  await expect(definition.create(start).execute(recordingContext('1').context)).rejects.toThrow('broken')
})
