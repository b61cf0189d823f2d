import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLogReader, type LogEntry } from '../../src/cli/log/log-reader.js'
import { logTable } from '../../src/cli/log/log-table.js'
import { createFailure } from '../../machines/index.js'
import { encodeEnd } from '../../src/livestore/stored-end.js'
import { createStyle } from '../../src/cli/text/style.js'
import { freshDirectory, html, jsonLines, runCli, writeNotebook } from './cli-process.js'

test('the log of a run is a table of its transitions, the same as JSON lines, and reading adds nothing to it', async () => {
  const store = freshDirectory()
  await runCli(['run', writeNotebook(['<b>one</b>', '<i>two</i>'], html), '--store', store])
  const table = await runCli(['log', store])
  expect(table).toMatchObject({ code: 0, stderr: '' })
  const lines = table.stdout.split('\n')
  expect(lines[0]).toMatch(/^time \(UTC\) +what +details$/)
  const shown = lines
    .filter((line) => /(requested|started|finished|ended) /.test(line))
    .map((line) => line.slice(14))
  expect(shown).toMatchObject([
    expect.stringMatching(/^requested +2 cells$/),
    expect.stringMatching(/^session started +html {2}session /),
    expect.stringMatching(/^started +\[1\] cell 1 {2}<b>one<\/b>$/),
    expect.stringMatching(/^finished +\[1\] cell 1 {2}ok · [\d.]+ m?s · 1 output$/),
    expect.stringMatching(/^started +\[2\] cell 2 {2}<i>two<\/i>$/),
    expect.stringMatching(/^finished +\[2\] cell 2 {2}ok · [\d.]+ m?s · 1 output$/),
    expect.stringMatching(/^session ended +shutdown {2}session /),
  ])
  const json = await runCli(['log', join(store, 'notebook'), '--json'])
  const transitions = jsonLines(json.stdout).map(({ transition }) => transition)
  expect(transitions.filter((transition) => transition === 'execution.requested')).toHaveLength(2)
  expect(transitions.at(-1)).toBe('session.ended')
  expect((await runCli(['log', store, '--json'])).stdout).toBe(json.stdout)
  const other = join(store, 'two')
  cpSync(join(store, 'notebook'), other, { recursive: true })
  const { code, stderr } = await runCli(['log', store])
  expect(code).toBe(2)
  expect(stderr).toContain(`holds 2 notebooks. Choose one of:\n  ${join(store, 'notebook')}\n  ${other}\n`)
})

test('outputs are counted for the execution that wrote them, also when a cell runs twice', () => {
  const read = createLogReader(new Map([['c', { number: 1, label: 'x' }]]))
  const event = (global: number, name: string, args: Record<string, unknown>) =>
    read({ name, args, clientId: 'me', sessionId: 'static', seqNum: { global } })
  const entries: LogEntry[] = [
    ...event(1, 'v1.ExecutionRequested', { queueId: 'q1', cellId: 'c', executionCount: 1 }),
    ...event(2, 'v1.ExecutionStarted', { queueId: 'q1', cellId: 'c', startedAt: new Date(0) }),
    ...event(3, 'v1.TerminalOutputAdded', { id: 'o', cellId: 'c' }),
    ...event(4, 'v1.MultimediaResultOutputAdded', { id: 'p', cellId: 'c' }),
    ...event(5, 'v1.ExecutionCompleted', {
      queueId: 'q1',
      cellId: 'c',
      status: 'success',
      completedAt: new Date(1500),
      executionDurationMs: 1500,
    }),
    ...event(6, 'v1.ExecutionRequested', { queueId: 'q2', cellId: 'c', executionCount: 2 }),
    ...event(7, 'v1.ExecutionCancelled', { queueId: 'q2', cellId: 'c', reason: 'no need' }),
    ...event(8, 'v1.ExecutionCompleted', {
      queueId: 'q3',
      cellId: 'c',
      status: 'error',
      error: encodeEnd({
        outcome: 'timedOut',
        reason: 'It took long.',
        failure: createFailure('forcedStop'),
      }),
      completedAt: new Date(2000),
      executionDurationMs: 500,
    }),
  ]
  expect(entries.at(-1)).toMatchObject({
    outcome: 'timedOut',
    reason: 'It took long.',
    failure: 'forcedStop',
  })
  expect(logTable(entries, { columns: 80, style: createStyle(false) })).toEqual([
    'time (UTC)    what              details',
    '              requested         [1] cell 1  x',
    '1970-01-01',
    '00:00:00.000  started           [1] cell 1  x',
    '00:00:01.500  finished          [1] cell 1  ok · 1.5 s · 2 outputs',
    '              requested         [2] cell 1  x',
    '              cancelled         [2] cell 1  no need',
    '00:00:02.000  finished          cell 1  timed out · 500 ms · It took long.',
  ])
})
