import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { caseLines, summaryLine } from './case-lines.js'
import { claimedFiles } from './claimed-files.js'
import { unmetExpectations } from './expectations.js'
import { judgeCase } from './judge-case.js'
import { judgeFolder, notebooksOf } from './judge-folder.js'
import type { CaseRun, ToldEvent } from './run-case.js'

const base = mkdtempSync(join(tmpdir(), 'cases-test-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

function notebookText(sources: readonly string[], outputs: readonly object[][] = []): string {
  const cells = sources.map((source, index) => ({
    cell_type: 'code',
    id: `c${index}`,
    metadata: {},
    execution_count: null,
    outputs: outputs[index] ?? [],
    source,
  }))
  return JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 })
}

function writeFolder(name: string, notebooks: Readonly<Record<string, readonly string[]>>): string {
  const folder = join(base, name)
  mkdirSync(folder)
  for (const [file, sources] of Object.entries(notebooks))
    writeFileSync(join(folder, file), notebookText(sources))
  return folder
}

test(
  'every notebook of a folder is run and judged: success, failure, refusal, hang',
  { timeout: 600_000 },
  async () => {
    const folder = writeFolder('mixed', {
      'a-good.ipynb': ['open("made.txt", "w").write("x")', 'print("hello")'],
      'b-fails.ipynb': ['1/0', 'print("never")'],
      'd-endless.ipynb': ['while True: pass'],
    })
    writeFileSync(join(folder, 'c-broken.ipynb'), '{"cells": [')
    writeFileSync(join(folder, 'readme.txt'), 'no notebook')
    const judge = async (only: readonly string[], limitMs: number) => {
      const verdicts = []
      for await (const verdict of judgeFolder(folder, { limitMs, only })) verdicts.push(verdict)
      return verdicts
    }
    expect(notebooksOf(folder)).toHaveLength(4)
    const ended = await judge(['a-good.ipynb', 'b-fails.ipynb', 'c-broken.ipynb'], 240_000)
    expect(ended).toMatchObject([
      { ended: 'succeeded', exitCode: 0, cells: ['succeeded', 'succeeded'], problems: [], missingFiles: [] },
      { ended: 'failed', exitCode: 1, cells: ['failed', 'cancelled'], problems: [] },
      { ended: 'refused', exitCode: 2, cells: [], problems: [] },
    ])
    const [endless] = await judge(['d-endless.ipynb'], 4_000)
    expect(endless).toMatchObject({ ended: 'hung', exitCode: null, problems: [{ kind: 'hang' }] })
    expect(existsSync(join(folder, 'made.txt'))).toBe(false)
  },
)

const finished = (more: object = {}): ToldEvent => ({
  event: 'run.finished',
  exitCode: 0,
  out: 'out',
  ...more,
})
const cell: readonly ToldEvent[] = [
  { event: 'cell.started', cellId: 'c0', number: 1, executionCount: 1 },
  {
    event: 'output',
    cellId: 'c0',
    isUpdate: false,
    output: { output_type: 'stream', name: 'stdout', text: 'abc' },
  },
  { event: 'cell.finished', cellId: 'c0', number: 1, executionCount: 1, outcome: 'succeeded' },
]
const whole = notebookText([''], [[{ output_type: 'stream', name: 'stdout', text: ['abc'] }]])

const run = (more: Partial<CaseRun>): CaseRun => ({
  name: 'n.ipynb',
  folder: base,
  startedAt: Date.now(),
  durationMs: 10,
  isOverLimit: false,
  exitCode: 0,
  signal: null,
  events: [...cell, finished()],
  strayLines: [],
  stderr: '',
  source: notebookText(['print("abc")']),
  executed: whole,
  exported: whole,
  ...more,
})

test('a run that kept all it showed has no problem', () => {
  expect(judgeCase(run({})).problems).toEqual([])
})

const note = notebookText(
  [''],
  [[{ output_type: 'stream', name: 'stdout', text: 'abc[output truncated: 1 MB of 2 MB shown]\n' }]],
)

test.each([
  ['the notebook was not written', { executed: undefined }],
  ['the notebook is no JSON', { executed: '\uFEFF{}' }],
  ['shown text is missing in the notebook', { executed: notebookText(['']) }],
  ['shown text is missing in the record', { exported: notebookText(['']) }],
  ['the record cannot be exported', { exported: undefined }],
  ['output was cut and the exit code is 0', { executed: note }],
  ['a file is missing', { source: notebookText([`open("${base}/none/a.txt", "w")`]) }],
])('silent loss: %s', (_name, more: Partial<CaseRun>) => {
  expect(judgeCase(run(more)).problems.map(({ kind }) => kind)).toEqual(['silentLoss'])
})

test('what was cut and is said by the exit code is no silent loss, and is reported', () => {
  const events = [...cell, finished({ exitCode: 3, reason: 'Outputs were cut.' })]
  const verdict = judgeCase(run({ events, exitCode: 3, executed: note }))
  expect(verdict).toMatchObject({ problems: [], cut: ['output truncated: 1 MB of 2 MB shown'] })
})

test.each([
  ['a signal', { exitCode: null, signal: 'SIGSEGV' }, 'ended by SIGSEGV'],
  ['an unknown exit code', { exitCode: 7, events: [finished({ reason: 'x' })] }, 'the exit code 7'],
  ['no word of the end', { exitCode: 1, events: cell }, 'did not say how it ended'],
  ['no reason', { exitCode: 1 }, 'gave no reason'],
  ['a stack trace', { stderr: 'Error: x\n    at run (file:///a.js:1:2)\n' }, 'showed a stack trace'],
  ['lines that are not JSON', { strayLines: ['x'] }, 'a line is not JSON'],
])('crash: %s', (_name, more: Partial<CaseRun>, said) => {
  const crash = judgeCase(run(more)).problems.find(({ kind }) => kind === 'crash')
  expect(crash?.text).toContain(said)
})

test.each([
  ['open("../a.txt", "w")', ['/data/a.txt']],
  ["with open('a.bin', mode='wb') as f: pass", ['/data/nb/a.bin']],
  ['Path("/tmp/x").write_text("a")', ['/tmp/x']],
  ['df.to_csv("out.csv")', ['/data/nb/out.csv']],
  ['%%writefile -a notes.md\nhello', ['/data/nb/notes.md']],
  ['open("a.txt")', []],
  ['open("a.txt", "r")', []],
  ['open("a.txt", "w"); os.remove("a.txt")', []],
  ['open(f"{name}.txt", "w")', []],
  ['sqlite3.connect(":memory:")', []],
])('files that %j says it writes', (source, files) => {
  expect(claimedFiles(source, '/data/nb')).toEqual(files)
})

test('expectations that are not met are problems', () => {
  const verdict = { exitCode: 1, durationMs: 5_000 }
  expect(unmetExpectations(verdict, 'all "fine"', { exitCodes: [1], contains: ['fine'] })).toEqual([])
  const unmet = unmetExpectations(verdict, 'all fine', {
    exitCodes: [0],
    withinSeconds: 2,
    contains: ['more'],
    lacks: ['all'],
  })
  expect(unmet).toHaveLength(4)
})

test('the lines name the notebook, its end, its cells and its problems', () => {
  const verdict = judgeCase(run({ executed: undefined }))
  expect(caseLines(verdict)).toEqual([
    '✗ n.ipynb  succeeded, exit 0, 10 ms, cells: succeeded',
    '    SILENTLOSS: the executed notebook was not written',
  ])
  expect(summaryLine([verdict])).toBe(
    '1 notebook, 0 hung, 0 crashed, 1 lost something silently, 0 not as expected',
  )
})
