import { expect, test } from 'vitest'
import { LeaderRelay, type RelayPort } from '../../src/studio/store/leader-relay.js'

/** One end of a channel whose other end is this test. */
class TestPort implements RelayPort {
  readonly sent: unknown[] = []
  readonly #listeners = { message: [] as ((event: { data: never }) => void)[], close: [] as (() => void)[] }

  postMessage(message: unknown): void {
    this.sent.push(message)
  }

  addEventListener(type: 'message' | 'close', listener: never): void {
    this.#listeners[type].push(listener)
  }

  start(): void {}

  say(message: unknown): void {
    for (const listener of this.#listeners.message) listener({ data: message as never })
  }

  vanish(): void {
    for (const listener of this.#listeners.close) listener()
  }

  /** What was sent since the last look. */
  take(): unknown[] {
    return this.sent.splice(0)
  }
}

const relay = new LeaderRelay()

function tab(): TestPort {
  const port = new TestPort()
  relay.connect(port)
  expect(port.take()).toEqual([[0]])
  return port
}

/** A new leader, loaded; returns its port and what it was asked after that. */
function lead(by: TestPort, name: string): { port: TestPort; asked: unknown[] } {
  const port = new TestPort()
  by.say([0, [90, 0, { _tag: 'UpdateMessagePort', port, initial: { _tag: 'InitialMessage', name } }]])
  expect(by.take()).toContainEqual([1, [90, 0, [undefined]]])
  port.say([0])
  const [greeting] = port.take() as [[number, [number, number, unknown]]]
  expect(greeting[1][2]).toEqual({ _tag: 'InitialMessage', name })
  port.say([1, [greeting[1][0], 0, [undefined]]])
  return { port, asked: port.take() }
}

const idOf = (message: unknown) => (message as [number, [number]])[1][0]

test('requests wait for a leader, reach it, and answers find their way back', () => {
  const one = tab()
  one.say([0, [1, 0, { _tag: 'GetLeaderHead' }]])
  const { port, asked } = lead(one, 'first')
  expect(asked).toMatchObject([[0, [expect.any(Number), 0, { _tag: 'GetLeaderHead' }]]])
  port.say([1, [idOf(asked[0]), 0, ['head']]])
  expect(one.take()).toEqual([[1, [1, 0, ['head']]]])
  port.say([1, [idOf(asked[0]), 0, ['again']]])
  expect(one.take()).toEqual([])
})

test('what a former leader did not answer is asked of the next one, and its streams end', () => {
  const two = tab()
  const { port } = lead(two, 'second')
  two.say([0, [2, 0, { _tag: 'PushToLeader', batch: ['event'] }]])
  two.say([0, [3, 0, { _tag: 'PullStream' }]])
  two.say([0, [4, 0, { _tag: 'StreamEvents' }]])
  const [push, pull] = port.take()
  port.say([1, [idOf(pull), 0, ['chunk']]])
  expect(two.take()).toEqual([[1, [3, 0, ['chunk']]]])
  const successor = tab()
  const { port: next, asked } = lead(successor, 'third')
  expect(two.take()).toMatchObject([
    [1, [3, 1]],
    [1, [4, 3, { _tag: 'Die' }]],
  ])
  expect(asked).toMatchObject([[0, [expect.any(Number), 0, { _tag: 'PushToLeader', batch: ['event'] }]]])
  port.say([1, [idOf(push), 0, ['too late']]])
  expect(two.take()).toEqual([])
  next.say([1, [idOf(asked[0]), 2, 'behind']])
  expect(two.take()).toEqual([[1, [2, 2, 'behind']]])
})

test('requests of a tab that has gone are taken back', () => {
  const leaving = tab()
  const { port } = lead(leaving, 'fourth')
  const guest = tab()
  guest.say([0, [5, 0, { _tag: 'PullStream' }]])
  guest.say([0, [6, 0, { _tag: 'SyncStateStream' }]])
  const [pull, state] = port.take()
  guest.say([0, [5, 1]])
  expect(port.take()).toEqual([[0, [idOf(pull), 1]]])
  guest.vanish()
  expect(port.take()).toEqual([[0, [idOf(state), 1]]])
})
