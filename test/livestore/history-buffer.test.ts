import { describe, expect, test } from 'vitest'
import { HistoryBuffer, type NotedTransition } from '../../src/livestore/history-buffer.js'

const transition = (from: string, to: string, at = 0): NotedTransition => ({
  from,
  to,
  event: 'some.event',
  cause: null,
  epoch: 1,
  at,
})

const busy = transition('executing', 'executing')

function bufferAt(now: number, noted: readonly NotedTransition[]): HistoryBuffer {
  const buffer = new HistoryBuffer('agent:demo', () => now)
  for (const one of noted) buffer.note(one)
  return buffer
}

const lengthOf = (events: ReturnType<HistoryBuffer['takeAll']>) =>
  events.map(({ args }) => (args as { transitions: readonly NotedTransition[] }).transitions.length)

describe('what is committed along', () => {
  test.each([
    ['nothing when nothing is noted', 0, [], []],
    ['nothing while a busy agent goes to and fro', 499, Array.from({ length: 39 }, () => busy), []],
    ['what has waited for half a second', 500, [busy], [1]],
    ['forty at a time', 0, Array.from({ length: 40 }, () => busy), [40]],
    ['a start at once', 0, [transition('idle', 'starting')], [1]],
    ['an end at once, with what waited before it', 0, [busy, transition('executing', 'failed')], [2]],
  ])('%s', (_, now, noted, expected) => {
    expect(lengthOf(bufferAt(now, noted).takeDue())).toEqual(expected)
  })
})

test('what was taken is gone', () => {
  const buffer = bufferAt(0, [transition('idle', 'starting'), busy])
  expect(buffer.isEmpty).toBe(false)
  expect(lengthOf(buffer.takeAll())).toEqual([2])
  expect([buffer.isEmpty, buffer.takeAll()]).toEqual([true, []])
})

test('keeps the last 200 while nothing can be committed', () => {
  const buffer = bufferAt(
    0,
    Array.from({ length: 500 }, (_, at) => transition('running', 'executing', at)),
  )
  const [event] = buffer.takeAll()
  expect(event?.args).toMatchObject({ agentId: 'agent:demo', transitions: { length: 200, 0: { at: 300 } } })
})
