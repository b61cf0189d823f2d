import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { schemaMistakes } from '../notebook/nbformat-schema.js'
import {
  freshDirectory,
  html,
  jsonLines,
  runCli,
  startCli,
  untilWritten,
  writeNotebook,
} from './cli-process.js'

interface FileCell {
  readonly execution_count: number | null
  readonly outputs: readonly Record<string, unknown>[]
}

const cellsOf = (path: string) => (JSON.parse(readFileSync(path, 'utf8')) as { cells: FileCell[] }).cells

const events = (stdout: string, name: string) => jsonLines(stdout).filter(({ event }) => event === name)

test('a Python notebook is run to its end beside its files, shown as plain text and written as valid nbformat 4.5', async () => {
  const notebook = writeNotebook([
    'a = 40',
    'print("text")\na + 2',
    '   ',
    'a',
    'print("\\x1b[31mred\\x1b[0m \\x1b[2J\\x07\\x1b]0;title\\x07end")',
    'print("a\\rb")',
    "with open('copy.txt', 'w') as copy: copy.write(open('data.txt').read() * 2)",
  ])
  writeFileSync(join(dirname(notebook), 'data.txt'), 'ab')
  const out = join(dirname(notebook), 'out.ipynb')
  const { code, stdout, stderr } = await runCli(['run', notebook, '--out', out])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const withoutTimes = stdout.replace(/^ +✓ .*s\n/gm, '')
  expect(withoutTimes).toContain('[2] print("text")\n    text\n    42\n[3] a\n    40\n')
  expect(stdout).toContain('\n    red end\n')
  expect(stdout).toContain('\n    b\n')
  // oxlint-disable-next-line no-control-regex
  expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
  expect(stdout).toContain('✓ 6 cells ran in')
  expect(schemaMistakes(readFileSync(out, 'utf8'))).toEqual([])
  const cells = cellsOf(out)
  expect(cells.map((cell) => cell.execution_count)).toEqual([1, 2, null, 3, 4, 5, 6])
  expect(cells[1]?.outputs).toMatchObject([
    { output_type: 'stream', name: 'stdout', text: ['text\n'] },
    { output_type: 'execute_result', execution_count: 2, data: { 'text/plain': ['42'] } },
  ])
  expect(readFileSync(join(dirname(notebook), 'copy.txt'), 'utf8')).toBe('abab')
  expect(readdirSync(dirname(notebook)).toSorted()).toEqual([
    'copy.txt',
    'data.txt',
    'notebook.ipynb',
    'out.ipynb',
  ])
})

test('the first error stops the run, the rest is cancelled with the reason, and the notebook is written', async () => {
  const notebook = writeNotebook(['a = 1', '1/0', 'a', 'b'])
  const store = freshDirectory()
  const { code, stdout } = await runCli(['run', notebook, '--inplace', '--json', '--store', store])
  expect(code).toBe(1)
  const reason = 'An earlier cell failed: ZeroDivisionError: division by zero'
  expect(events(stdout, 'cell.finished')).toMatchObject([
    { executionCount: 1, outcome: 'succeeded' },
    { executionCount: 2, outcome: 'failed', reason: 'ZeroDivisionError: division by zero' },
    { executionCount: 3, outcome: 'cancelled', hasRun: false, reason },
    { executionCount: 4, outcome: 'cancelled', hasRun: false, reason },
  ])
  expect(jsonLines(stdout).at(-1)).toMatchObject({
    event: 'run.finished',
    exitCode: 1,
    cells: 4,
    succeeded: 1,
    failed: 1,
    cancelled: 2,
    reason: 'Cell [2] failed: ZeroDivisionError: division by zero',
    out: notebook,
    store: join(store, 'notebook'),
  })
  expect(cellsOf(notebook)[1]?.outputs).toMatchObject([{ output_type: 'error', ename: 'ZeroDivisionError' }])
  const log = jsonLines((await runCli(['log', store, '--json'])).stdout)
  expect(log.filter(({ transition }) => transition === 'execution.cancelled')).toMatchObject([
    { cell: 3, reason },
    { cell: 4, reason },
  ])
})

test('with --allow-errors all cells run and the exit code still says that one failed', async () => {
  const notebook = writeNotebook(['1/0', 'print("after")', 'undefined_name'])
  const { code, stdout } = await runCli(['run', notebook, '--allow-errors'])
  expect(code).toBe(1)
  expect(stdout).toContain('\n    after\n')
  expect(stdout).toContain('✗ 1 cell succeeded, 2 failed in')
  expect(stdout).toContain('Cells [1], [3] failed.')
})

test('a cell may fail when its tag says so, and may set its own time limit', async () => {
  const sources = ['1/0', 'print("after")', 'while True: pass', 'print("never")']
  const metadata = {
    0: { tags: ['raises-exception'] },
    2: { tags: ['raises-exception'], runtime_agent_registry: { timeout_seconds: 1 } },
  }
  const expected = await runCli(['run', writeNotebook(sources.slice(0, 2), { metadata })])
  expect(expected.code).toBe(0)
  expect(expected.stdout).toContain('✓ failed as expected after')
  expect(expected.stdout).toContain('✓ 1 cell succeeded, 1 failed as expected in')
  const quiet = await runCli(['run', writeNotebook(sources, { metadata }), '--quiet', '--allow-errors'])
  expect(quiet.code).toBe(1)
  expect(quiet.stderr).not.toContain('ZeroDivisionError')
  expect(quiet.stderr).toContain('Cell [3] was stopped: The execution took longer than its limit of 1 s.')
})

test('a cell that never ends is interrupted by --timeout and recorded as timed out', async () => {
  const notebook = writeNotebook(['while True: pass', 'print("after")'])
  const out = join(dirname(notebook), 'out.ipynb')
  const { code, stdout } = await runCli(['run', notebook, '--timeout', '2', '--json', '--out', out])
  expect(code).toBe(1)
  expect(events(stdout, 'cell.finished')).toMatchObject([
    { outcome: 'timedOut', reason: 'The execution took longer than its limit of 2 s.' },
    { outcome: 'cancelled', hasRun: false },
  ])
  expect(cellsOf(out).map((cell) => cell.execution_count)).toEqual([1, null])
})

test('Ctrl-C interrupts the running cell, cancels the rest, writes what was executed and ends with 130', async () => {
  const notebook = writeNotebook([
    'print("first")',
    'print("busy", flush=True)\nwhile True: pass',
    'print("never")',
  ])
  const out = join(dirname(notebook), 'out.ipynb')
  const run = startCli(['run', notebook, '--out', out])
  await untilWritten(run, '    busy')
  run.child.kill('SIGINT')
  run.child.kill('SIGINT')
  const { code, stdout } = await run.finished
  expect(code).toBe(130)
  expect(stdout).toContain('✗ Interrupted: 1 cell succeeded, 2 cancelled in')
  expect(stdout).not.toContain('never')
  const cells = cellsOf(out)
  expect(cells.map((cell) => cell.execution_count)).toEqual([1, 2, null])
  expect(cells[1]?.outputs.at(-1)).toMatchObject({ output_type: 'error', ename: 'KeyboardInterrupt' })
})

test('Ctrl-C while the runtime starts ends with 130 and runs nothing', async () => {
  const run = startCli(['run', writeNotebook(['print("never")']), '--json'])
  await untilWritten(run, '"agent.changed"')
  run.child.kill('SIGINT')
  const { code, stdout } = await run.finished
  expect(code).toBe(130)
  expect(events(stdout, 'cell.started')).toEqual([])
  expect(events(stdout, 'run.finished')).toMatchObject([{ exitCode: 130, cancelled: 1 }])
})

test('--json tells the events of a run in order, one object a line', async () => {
  const { code, stdout } = await runCli(['run', writeNotebook(['<b>one</b>', '<i>two</i>'], html), '--json'])
  expect(code).toBe(0)
  const told = jsonLines(stdout).filter(({ event }) => event !== 'agent.changed')
  expect(told.map(({ event }) => event)).toEqual([
    'run.opening',
    'run.started',
    'cell.started',
    'output',
    'cell.finished',
    'cell.started',
    'output',
    'cell.finished',
    'run.finished',
  ])
  expect(told[3]).toMatchObject({
    cellId: 'c0',
    output: { output_type: 'display_data', data: { 'text/html': '<b>one</b>' } },
  })
  expect(told.at(-1)).toMatchObject({ exitCode: 0, cells: 2, succeeded: 2, out: null })
})

test('--quiet says nothing about a run that goes well, and names the cell and the error of one that does not', async () => {
  const good = await runCli(['run', writeNotebook(['<b>one</b>'], html), '--quiet'])
  expect(good).toMatchObject({ code: 0, stdout: '', stderr: '' })
  const bad = await runCli(['run', writeNotebook(['print("text")', '1/0']), '--quiet'])
  expect(bad).toMatchObject({ code: 1, stdout: '' })
  expect(bad.stderr).toContain('[2] 1/0\n')
  expect(bad.stderr).toContain('ZeroDivisionError: division by zero')
  expect(bad.stderr).not.toContain('text\n')
})

test('without --out nothing is written, and the run says so', async () => {
  const notebook = writeNotebook(['<b>one</b>'], html)
  const before = readFileSync(notebook, 'utf8')
  const { stdout } = await runCli(['run', notebook])
  expect(stdout).toContain('notebook  not written (use --out FILE or --inplace)')
  expect(readFileSync(notebook, 'utf8')).toBe(before)
  expect(readdirSync(dirname(notebook))).toEqual(['notebook.ipynb'])
})

test('without a notebook the bundled one is run, and it says what to try next', async () => {
  const cwd = freshDirectory()
  const { code, stdout, stderr } = await runCli(['run'], { cwd, env: { npm_lifecycle_event: 'start' } })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('Hello from Python')
  expect(stdout).toContain('[image/svg+xml ')
  expect(stdout).toContain('npm start -- run YOUR.ipynb --out executed.ipynb')
  expect(readdirSync(cwd)).toEqual([])
})
