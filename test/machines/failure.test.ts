/**
 * Rules of failure records.
 *
 *   F1  Every code has a sentence, says whether a retry may help, and what a person can do.
 *   F2  Whatever was thrown becomes a record: one that is or carries a record keeps it, all else gets the code of the place.
 *   F3  A record is JSON.
 */
import { describe, expect, test } from 'vitest'
import { createFailure, failureCodes, FailureError, nextActionFor, toFailure } from '../../machines/index.js'

describe.each(failureCodes)('%s', (code) => {
  test('F1 has a sentence, a next action, and JSON', () => {
    const failure = createFailure(code)
    expect(failure.code).toBe(code)
    expect(failure.message).toMatch(/^[A-Z].*\.$/)
    expect(nextActionFor(code)).toMatch(/^[A-Z].*\.$/)
    expect(failure.retryable).toBeTypeOf('boolean')
    expect(JSON.parse(JSON.stringify(failure))).toEqual(failure)
  })
})

test('F1 no two codes say the same', () => {
  const messages = failureCodes.map((code) => createFailure(code).message)
  expect(new Set(messages).size).toBe(failureCodes.length)
})

test('F1 a failure can say more than its code does', () => {
  const failure = createFailure('notCapable', {
    message: 'No SQL here.',
    retryable: true,
    details: { cell: 1 },
  })
  expect(failure).toEqual({
    code: 'notCapable',
    message: 'No SQL here.',
    retryable: true,
    details: { cell: 1 },
  })
})

describe('from what was thrown', () => {
  const record = createFailure('outOfMemory', { message: 'at 4 GB', details: { bytes: 4e9 } })

  test.each([
    ['an error that carries a record', new FailureError(record), record],
    ['a record', record, record],
    ['anything with a record in it', { failure: record }, record],
    ['an error', new Error('boom'), createFailure('startFailed', { message: 'boom' })],
    [
      'a system error, whose code is not ours',
      Object.assign(new Error('no file'), { code: 'ENOENT' }),
      createFailure('startFailed', { message: 'no file' }),
    ],
    ['a string', 'boom', createFailure('startFailed', { message: 'boom' })],
    ['an error without a message', new Error(''), createFailure('startFailed')],
    ['undefined', undefined, createFailure('startFailed', { message: 'undefined' })],
    ['null', null, createFailure('startFailed', { message: 'null' })],
  ])('F2 %s', (_, thrown, expected) => {
    expect(toFailure(thrown, 'startFailed')).toEqual(expected)
  })

  test('F2 a place that does not say which is "unknown"', () => {
    expect(toFailure(new Error('boom')).code).toBe('unknown')
  })

  test('F2 an error that carries a record reads like it', () => {
    const error = new FailureError(record)
    expect([error.name, error.message, error instanceof Error]).toEqual(['FailureError', 'at 4 GB', true])
  })

  test('F3 a record made from an error has nothing of the error but its text', () => {
    const failure = toFailure(Object.assign(new Error('boom'), { socket: () => 1 }), 'unknown')
    expect(JSON.parse(JSON.stringify(failure))).toEqual(failure)
  })
})
