import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { startPythonSession, type TestSession } from './python-session.js'

let session: TestSession | undefined

afterEach(async () => {
  await session?.instance.dispose()
  session = undefined
})

test.each([
  [
    'a trap of the interpreter',
    { env: { GIVEN: '1', PYTHONHOME: '/nowhere' } },
    '1\n',
    'import faulthandler\nfaulthandler._sigsegv()',
    /broke down: RuntimeError: unreachable/,
  ],
  ['a killed process', { env: {} }, 'None\n', 'import os\nos.kill(os.getpid(), 9)', /exit\(137\)/],
  ['an aborted process', {}, 'None\n', 'import os\nos.abort()', /broke down/],
])('%s ends a life in the environment %j with its reason', async (_, options, given, source, reason) => {
  session = await startPythonSession(options)
  const read = await session.run('import os\nprint(os.environ.get("GIVEN"))')
  expect(read.text('stdout')).toBe(given)
  await expect(session.run(source)).rejects.toThrow(reason)
  await vi.waitFor(() => expect(session?.crashes).toMatchObject([{ code: 'workerCrashed' }]), 30_000)
})

describe('one session goes on', () => {
  let living: TestSession

  beforeAll(async () => {
    living = await startPythonSession()
  })

  afterAll(() => living.instance.dispose())

  test('a cell that keeps the worker busy is not taken for a dead one', async () => {
    const busy = await living.run(
      'import time\nbegin = time.time()\nwhile time.time() < begin + 3: pass\nprint("done")',
    )
    expect(busy.outcome.success).toBe(true)
    expect(living.crashes).toEqual([])
  })

  test('a rejection that leaves the interpreter whole is shown, and the session goes on', async () => {
    await living.run('import js\njs.Promise.reject("not caught")\nimport asyncio\nawait asyncio.sleep(0.1)')
    expect((await living.run('1 + 1')).outcome.success).toBe(true)
  })

  test.each([
    ['an endless __getattr__', 'class A:\n  def __getattr__(self, n): return getattr(self, n + "x")\nA().y'],
    ['a __repr__ that calls itself', 'class A:\n  def __repr__(self): return repr(self)\nstr(A())'],
    ['a partial that calls itself', 'from functools import partial\np = partial(lambda: p())\np()'],
    ['generators', 'def g(n):\n  yield from g(n + 1)\nlist(g(0))'],
    ['a copy of nested lists', 'import copy\na = []\nfor _ in range(10**5): a = [a]\ncopy.deepcopy(a)'],
    ['nested JSON', 'import json\njson.loads("[" * 10**5 + "]" * 10**5)'],
    ['a raised limit', 'import sys\nsys.setrecursionlimit(10**7)\ndef f(n): return f(n + 1)\nf(0)'],
  ])('recursion without end is a RecursionError, and the session goes on: %s', async (_, source) => {
    expect((await living.run(source)).outputs.at(-1)).toMatchObject({ ename: 'RecursionError' })
    expect((await living.run('print("after")')).text('stdout')).toBe('after\n')
    expect(living.crashes).toEqual([])
  })

  test.each([
    'loop = asyncio.new_event_loop()',
    'try: asyncio.new_event_loop().run_until_complete(asyncio.sleep(0))\nexcept RuntimeError: pass',
    'asyncio.get_event_loop().close()',
    'asyncio.set_event_loop(None)',
    'asyncio.set_event_loop(asyncio.new_event_loop())',
  ])('the next cell runs after one that handled event loops: %s', async (source) => {
    await living.run(`import asyncio\n${source}`)
    expect((await living.run('await asyncio.sleep(0)\nprint("next")')).text('stdout')).toBe('next\n')
  })
})
