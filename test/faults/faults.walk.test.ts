import { beforeAll, expect, test } from 'vitest'
import { compile, runNode } from '../support/run-node.js'

/** Two processes at a time: as many as the smallest machine has cores, so that the limits on time mean something. */
const turns: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()]
let nextTurn = 0

function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const turn = nextTurn++ % turns.length
  const result = (turns[turn] ?? Promise.resolve()).then(work)
  turns[turn] = result
  return result
}

beforeAll(() => compile('test/faults'))

/** Times depend on what else the machine does: `npm run faults` holds them against their targets, this suite does not. */
const isTimed = /^MISS \S+Ms /

async function faults(only: string, ...more: string[]) {
  const words = ['--expose-gc', 'dist/test/faults/main.js', '--quick', '--json', '--only', only, ...more]
  const { stdout, status } = await inTurn(() => runNode(...words))
  const all = stdout.split('\n').filter((line) => line.startsWith('MISS'))
  const missed = all.filter((line) => !isTimed.test(line))
  const isOnlyLate = all.length > 0 && missed.length === 0
  return { missed, status: isOnlyLate ? 0 : status, last: stdout.trimEnd().split('\n').at(-1) ?? '' }
}

test.concurrent(
  'D12 D27 D33 kill -9 in the middle of a run loses nothing, runs nothing twice and leaves reasons',
  async () => {
    expect(await faults('kill', '--rounds', '1')).toMatchObject({ missed: [], status: 0 })
  },
)

test.concurrent('the wall clock set by an hour ends no session and makes no duration', async () => {
  expect(await faults('clock')).toMatchObject({ missed: [], status: 0 })
})

test.concurrent(
  'a worker that dies fails its cell with the reason, and the next cell runs in a new life',
  async () => {
    expect(await faults('worker')).toMatchObject({ missed: [], status: 0 })
  },
)

test.concurrent(
  'loops, sleeps and floods stop within a second, and what ignores the interrupt is ended by force',
  async () => {
    expect(await faults('interrupt')).toMatchObject({ missed: [], status: 0 })
  },
)

test.concurrent(
  'D7 D18 two clients that write to one notebook run each request once, also when the owner dies',
  async () => {
    expect(await faults('writers')).toMatchObject({ missed: [], status: 0 })
  },
)

test.concurrent(
  'a full disk and a deleted store fail the agent with a reason, and nothing acknowledged is lost',
  async () => {
    expect(await faults('disk')).toMatchObject({ missed: [], status: 0 })
  },
)

test.concurrent(
  'starting and stopping leaves no child, timer, thread or file handle, and an idle day writes little',
  async () => {
    expect(await faults('cycles,idle')).toMatchObject({ missed: [], status: 0 })
  },
)

test.concurrent('each failure code is produced by a fault of its own', async () => {
  const { missed, status, last } = await faults('codes')
  expect({ missed, status }).toEqual({ missed: [], status: 0 })
  expect(JSON.parse(last)).toMatchObject({
    ok: true,
    'codes.machineCrashed': expect.stringContaining('machineCrashed'),
  })
})
