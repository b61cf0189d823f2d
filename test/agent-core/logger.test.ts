import { Logger, LogLevel, withQuietLogging } from '@runtimed/agent-core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createGate } from './support.js'

type Call = [string, Record<string, unknown>]
const methods = ['debug', 'info', 'warn', 'error'] as const
let calls: { method: string; line: string; record: Record<string, unknown> }[]

beforeEach(() => {
  calls = []
  for (const method of methods) {
    vi.spyOn(console, method).mockImplementation((...args: unknown[]) => {
      const [line, record] = args as Call
      calls.push({ method, line, record })
    })
  }
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the logger', () => {
  it('prints records of its level and above, with time, level, service and context', () => {
    const log = new Logger()
    log.debug('hidden')
    log.info('shown', { cellId: 'c1' })
    expect(calls.length).toBe(1)
    expect(calls[0]?.line).toMatch(/^\d\d:\d\d:\d\d INFO  \[runt-agent\] shown$/)
    expect(calls[0]?.record).toMatchObject({
      level: 'INFO',
      service: 'runt-agent',
      message: 'shown',
      cellId: 'c1',
    })
    log.configure({ level: LogLevel.ERROR, service: 'mine' })
    log.warn('hidden')
    expect(log.getConfig()).toEqual({ level: 3, console: true, service: 'mine' })
    expect(log.getLevel()).toBe(3)
    log.configure({ console: false })
    log.error('hidden')
    expect(calls.length).toBe(1)
  })

  it('D82 an error record has an error only when one is given', () => {
    const log = new Logger()
    log.error('bare')
    log.error('with', new TypeError('bad'), { cellId: 'c1' })
    log.error('text', 'broken')
    expect(calls[0]?.record).not.toHaveProperty('error')
    expect(calls[1]?.record).toMatchObject({ cellId: 'c1', error: { name: 'TypeError', message: 'bad' } })
    expect(calls[2]?.record['error']).toBe('broken')
  })

  it('time and trace pass results and failures on and log them', async () => {
    const log = new Logger()
    log.configure({ level: LogLevel.DEBUG })
    await expect(log.time('job', async () => 7)).resolves.toBe(7)
    await expect(log.time('job', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await expect(log.trace('span', async () => 8, { cellId: 'c1' })).resolves.toBe(8)
    await expect(log.trace('span', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(calls.map((call) => call.record['message'])).toEqual([
      'job completed',
      'job failed',
      'span started',
      'span completed',
      'span started',
    ])
    expect(calls[0]?.record['duration_ms']).toEqual(expect.any(Number))
  })
})

describe('withQuietLogging', () => {
  it('silences log, info and debug, not warnings, and returns the result', () => {
    const result = withQuietLogging(() => {
      console.info('hidden')
      console.warn('shown')
      return 5
    })
    console.info('back')
    expect(result).toBe(5)
    expect(calls.map((call) => call.line)).toEqual(['shown', 'back'])
    expect(() =>
      withQuietLogging(() => {
        throw new Error('no')
      }),
    ).toThrow('no')
    console.info('back again')
    expect(calls.at(-1)?.line).toBe('back again')
  })

  it('D84 an asynchronous operation stays quiet until it ends, also when two overlap', async () => {
    const first = createGate()
    const second = createGate()
    const quietFirst = withQuietLogging(async () => {
      await first.opened
      console.info('hidden')
    })
    const quietSecond = withQuietLogging(async () => {
      await second.opened
      console.info('hidden')
      throw new Error('no')
    })
    first.open()
    await quietFirst
    console.info('still hidden')
    second.open()
    await expect(quietSecond).rejects.toThrow('no')
    console.info('shown')
    expect(calls.map((call) => call.line)).toEqual(['shown'])
  })
})
