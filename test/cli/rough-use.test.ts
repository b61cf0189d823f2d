import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { waitUntil } from '../support/wait-for.js'
import {
  freshDirectory,
  html,
  program,
  runCli,
  startCli,
  startProcess,
  writeNotebook,
} from './cli-process.js'

const sourceOf = (notebook: string) => readFileSync(notebook, 'utf8')
const textIn = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '')

test('a run that is killed leaves what it had in --out, and its temporary record to the next run', async () => {
  const temporary = freshDirectory()
  const out = join(freshDirectory(), 'out.ipynb')
  const env = { TMPDIR: temporary }
  const notebook = writeNotebook(['print("kept" * 2)', 'import time; time.sleep(3600)'])
  const run = startCli(['run', notebook, '--out', out], { env })
  await waitUntil('the first output in --out', () => textIn(out).includes('keptkept'), 200_000)
  run.child.kill('SIGKILL')
  await run.finished
  const cells = (JSON.parse(textIn(out)) as { cells: { outputs: unknown[] }[] }).cells
  expect(cells.map(({ outputs }) => outputs.length)).toEqual([1, 0])
  expect(readdirSync(temporary)).toHaveLength(1)
  await runCli(['run', writeNotebook(['<b>next</b>'], html)], { env })
  expect(readdirSync(temporary)).toEqual([])
})

test('a temporary record is deleted, and the run says so; that of a runtime that broke is kept', async () => {
  const temporary = freshDirectory()
  const env = { TMPDIR: temporary }
  const good = await runCli(['run', writeNotebook(['<b>one</b>'], html)], { env })
  expect(good.stdout).toContain('record    not kept (use --store DIR)')
  expect(readdirSync(temporary)).toEqual([])
  const folder = freshDirectory()
  const notebook = join(folder, 'one.ipynb')
  writeFileSync(notebook, sourceOf(writeNotebook(['print("one")', 'import os; os._exit(7)', '3'])))
  const bad = await runCli(['run', notebook], { env })
  expect(bad.code).toBe(3)
  expect(bad.stdout).toContain('✗ 1 cell succeeded, 1 failed, 1 cancelled in')
  expect(bad.stdout).toContain('The python runtime failed: ')
  const [kept] = readdirSync(temporary)
  expect(bad.stdout).toContain(`log ${join(temporary, String(kept), 'one')}`)
  await runCli(['run', writeNotebook(['<b>next</b>'], html)], { env })
  expect(readdirSync(temporary)).toEqual([kept])
})

test('notebooks of one name from two folders have a record each, and a notebook keeps its own', async () => {
  const store = freshDirectory()
  const first = writeNotebook(['<b>first</b>'], { ...html, name: 'My notebook (1).ipynb' })
  const second = writeNotebook(['<b>second</b>'], { ...html, name: 'My notebook (1).ipynb' })
  for (const notebook of [first, second, first]) {
    expect(await runCli(['run', notebook, '--store', store, '--quiet'])).toMatchObject({
      code: 0,
      stderr: '',
    })
  }
  const records = readdirSync(store).toSorted()
  expect(records).toEqual(['My-notebook-1', expect.stringMatching(/^My-notebook-1-[0-9a-f]{8}$/)])
  const log = (record: string) => runCli(['log', join(store, record), '--json'])
  expect((await log('My-notebook-1')).stdout).not.toContain('second')
  expect((await log(String(records[1]))).stdout).not.toContain('first')
})

test('a notebook comes from standard input and goes to standard output, beside which nothing is said', async () => {
  const input = sourceOf(writeNotebook(['<b>piped</b>'], html))
  const cwd = freshDirectory()
  const { code, stdout, stderr } = await runCli(['run', '-', '--out', '-'], { cwd, input })
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('✓ 1 cell ran') as string,
  })
  expect(JSON.parse(stdout)).toMatchObject({
    cells: [{ outputs: [{ data: { 'text/html': ['<b>piped</b>'] } }] }],
  })
  const byDevice = await runCli(['run', '/dev/stdin', '--out', '/dev/stdout', '--quiet'], { cwd, input })
  expect(byDevice).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(byDevice.stdout)).toMatchObject({ cells: [{ execution_count: 1 }] })
  expect(readdirSync(cwd)).toEqual([])
})

test('a notebook comes from a pipe that has a name', async () => {
  const notebook = writeNotebook(['<b>piped</b>'], html)
  const script = `exec "$0" "$1" run <(cat "$2") --quiet --out "$2.out"`
  const run = startProcess('bash', ['-c', script, process.execPath, program, notebook])
  expect(await run.finished).toMatchObject({ code: 0, stderr: '' })
  expect(textIn(`${notebook}.out`)).toContain('<b>piped</b>')
})

test.skipIf(!existsSync('/dev/full'))(
  'a full standard output is one sentence and 3; --out is written',
  async () => {
    const notebook = writeNotebook(['<b>one</b>'], html)
    const script = `exec "$0" "$1" run "$2" --out "$2.out" >/dev/full`
    const run = startProcess('bash', ['-c', script, process.execPath, program, notebook])
    const { code, stderr } = await run.finished
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: 'error: Cannot write to standard output: no space is left on the disk.\n',
    })
    expect(textIn(`${notebook}.out`)).toContain('<b>one</b>')
  },
)

test('paths are meant from where npm was called, not from the folder of the package', async () => {
  const notebook = writeNotebook(['<b>one</b>'], html)
  const env = {
    npm_lifecycle_event: 'start',
    npm_package_name: 'runtime-agent-registry',
    INIT_CWD: dirname(notebook),
  }
  const words = ['run', basename(notebook), '--out', 'out.ipynb', '--quiet']
  expect(await runCli(words, { cwd: freshDirectory(), env })).toMatchObject({ code: 0, stderr: '' })
  expect(readdirSync(dirname(notebook)).toSorted()).toEqual(['notebook.ipynb', 'out.ipynb'])
})

test.each([
  [['run', '--inspect', '--quiet'], 0, ''],
  [['run', '--timeout', '-1'], 2, 'error: --timeout is "-1"; a number of seconds above 0 was expected'],
  [['run', '--timeout'], 2, 'error: --timeout needs a value. See "help run".'],
  [['run', '--quiet=yes'], 2, 'error: --quiet takes no value. See "help run".'],
  [['run', '--inplace'], 2, 'error: --inplace needs the file of a notebook'],
  [['run', '-', '--inplace'], 2, 'error: --inplace needs the file of a notebook'],
  [['run', '--json', '--out', '-'], 2, 'error: --json and --out - both write to standard output.'],
  [['sample', 'x.ipynb'], 2, 'error: "sample" takes no arguments'],
])('%j ends with %d and one sentence', async (words, code, said) => {
  const cwd = freshDirectory()
  const { code: ended, stderr } = await runCli(words, { cwd })
  expect({ ended, stderr }).toEqual({ ended: code, stderr: expect.stringContaining(said) as string })
  expect(stderr.split('\n').length).toBeLessThan(4)
})

test('a record is not taken through a folder that cannot be read as one', async () => {
  const store = freshDirectory()
  const notebook = writeNotebook(['<b>one</b>'], html)
  mkdirSync(join(store, 'notebook'))
  writeFileSync(join(store, 'notebook', 'notebook.json'), '{"file":"/elsewhere/notebook.ipynb"}')
  expect(await runCli(['run', notebook, '--store', store, '--quiet'])).toMatchObject({ code: 0, stderr: '' })
  expect(readdirSync(store)).toHaveLength(2)
  expect(readdirSync(join(store, 'notebook'))).toEqual(['notebook.json'])
})
