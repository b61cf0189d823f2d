import { afterEach, expect, test, vi } from 'vitest'
import { startPythonSession, type TestSession } from './python-session.js'

let session: TestSession | undefined

afterEach(() => session?.instance.dispose())

test.each([
  [
    'an endless __getattr__',
    'class A:\n  def __getattr__(self, n): return getattr(self, n + "x")\nA().y',
    /call stack/,
  ],
  ['a __repr__ that calls itself', 'class A:\n  def __repr__(self): return repr(self)\nA()', /call stack/],
  ['a killed process', 'import os\nos.kill(os.getpid(), 9)', /exit\(137\)/],
  ['an aborted process', 'import os\nos.abort()', /broke down/],
])('%s ends the life of the runtime with its reason', async (_, source, reason) => {
  session = await startPythonSession()
  await expect(session.run(source)).rejects.toThrow(reason)
  await vi.waitFor(() => expect(session?.crashes).toMatchObject([{ code: 'workerCrashed' }]), 30_000)
})

test('what was flushed before the end is kept', async () => {
  session = await startPythonSession()
  const cell = session.begin('import os\nprint("before", flush=True)\nos._exit(3)')
  await expect(cell.result).rejects.toThrow(/exit code 3/)
  expect(JSON.stringify(cell.outputs)).toContain('before')
})

test('a cell that keeps the worker busy is not taken for a dead one', async () => {
  session = await startPythonSession()
  const busy = await session.run(
    'import time\nbegin = time.time()\nwhile time.time() < begin + 3: pass\nprint("done")',
  )
  expect(busy.outcome.success).toBe(true)
  expect(session.crashes).toEqual([])
})

test('a rejection that leaves the interpreter whole is shown, and the session goes on', async () => {
  session = await startPythonSession()
  await session.run('import js\njs.Promise.reject("not caught")\nimport asyncio\nawait asyncio.sleep(0.1)')
  expect((await session.run('1 + 1')).outcome.success).toBe(true)
})
