import { describe, expect, test, vi } from 'vitest'
import { ExecutionRecords } from '../../src/livestore/execution-records.js'

const request = { executionId: 'q1', cellId: 'c1', executionCount: 1, requestedBy: 'ann', requestSeq: 1 }
const never = new Promise<void>(() => undefined)
const rowIsPending = () => true
const rowIsNotPending = () => false

const recordsWith = (...steps: ((records: ExecutionRecords) => void)[]) => {
  const records = new ExecutionRecords()
  for (const step of steps) step(records)
  return records
}
const handOver = (records: ExecutionRecords) => records.handOver(request)
const claim = (records: ExecutionRecords) => records.claim(request)
const end = (written: Promise<void>) => (records: ExecutionRecords) => records.end(request, written)

describe('the record of an execution', () => {
  test('a request that waits in the agent is known, and may be claimed', () => {
    const records = recordsWith(handOver)
    expect([records.get('q1')?.step, records.isTaken('q1')]).toEqual(['handedOver', false])
  })

  test('from the claim until its end is on disk it is taken, and says how long it has run', async () => {
    const records = recordsWith(handOver, claim, end(never))
    records.prune(rowIsNotPending)
    expect(records.get('q1')).toMatchObject({ step: 'ending' })
    await vi.waitFor(() => expect(records.elapsedMs('q1')).toBeGreaterThan(0))
    expect(records.elapsedMs('q2')).toBe(0)
    expect(records.isTaken('q1')).toBe(true)
  })

  test('once its end is on disk it is known only as long as its row says that it waits', async () => {
    const records = recordsWith(handOver, claim, end(Promise.resolve()))
    await Promise.resolve()
    records.prune(rowIsPending)
    expect([records.get('q1')?.step, records.isTaken('q1')]).toEqual(['ended', false])
    records.prune(rowIsNotPending)
    expect(records.size).toBe(0)
  })

  test('an end that could not be written is forgotten', async () => {
    const records = recordsWith(handOver, claim, end(Promise.reject(new Error('full'))))
    await Promise.resolve()
    expect(records.size).toBe(0)
  })
})
