import { expect, test } from 'vitest'
import { readCellOptions } from '../../src/livestore/cell-options.js'

const details = (metadata: unknown) => JSON.stringify({ metadata })

test.each([
  ['nothing', undefined, {}],
  ['other tags', details({ tags: ['skip'] }), {}],
  ['the tag that lets it fail', details({ tags: ['a', 'raises-exception'] }), { mayFail: true }],
  ['a limit in seconds', details({ runtime_agent_registry: { timeout_seconds: 0.5 } }), { timeoutMs: 500 }],
  ['no limit at all', details({ runtime_agent_registry: { timeout_seconds: 0 } }), { timeoutMs: 0 }],
])('a cell whose metadata has %s', (_, text, expected) => {
  expect(readCellOptions(text)).toEqual(expected)
})

test.each([
  ['text that is cut off', '{"metadata":{"tags":["raises-exception"'],
  ['tags of the wrong kind', details({ tags: 'raises-exception' })],
  ['a limit of the wrong kind', details({ runtime_agent_registry: { timeout_seconds: '5' } })],
  ['a negative limit', details({ runtime_agent_registry: { timeout_seconds: -5 } })],
  ['no object', '"raises-exception"'],
])('%s says nothing', (_, text) => {
  expect(readCellOptions(text)).toEqual({})
})
