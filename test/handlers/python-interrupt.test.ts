import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  createSharedMemory,
  createSignalBuffer,
  SHARED,
  signalInterrupt,
} from '../../src/handlers/python/protocol.js'
import { startPythonSession, type TestSession } from './python-session.js'

/** Milliseconds in which an interrupted cell must end. */
const PROMPTLY = 1_000

let session: TestSession

beforeAll(async () => {
  session = await startPythonSession()
  await session.run("import asyncio, time\nkept = 'kept'")
})
afterAll(() => session.instance.dispose(true))

async function interruptAfterOutput(source: string, text = 'begun') {
  const cell = session.begin(source)
  await expect.poll(() => cell.text('stdout')).toContain(text)
  const asked = performance.now()
  session.instance.interrupt?.()
  const outcome = await cell.result
  return { cell, outcome, took: performance.now() - asked }
}

it.each([
  ['a busy loop', "print('begun')\nwhile True:\n    pass"],
  ['time.sleep', "print('begun')\ntime.sleep(600)"],
  ['asyncio.sleep', "print('begun')\nawait asyncio.sleep(600)"],
  ['a gather of sleeps', "print('begun')\nawait asyncio.gather(asyncio.sleep(600), asyncio.sleep(600))"],
  ['a print flood', "print('begun')\nwhile True:\n    print('x')"],
  [
    'a flood without line ends on stderr',
    "import sys\nprint('begun')\nwhile True:\n    sys.stderr.write('x' * 1000)",
  ],
  ['a generator in C', "print('begun')\nsum(number for number in iter(int, 1))"],
  [
    'a __repr__ that never ends',
    "class Slow:\n    def __repr__(self):\n        while True: pass\nprint('begun')\nSlow()",
  ],
])('interrupts %s within a second, and the next cell sees the variables', async (_, source) => {
  const { cell, outcome, took } = await interruptAfterOutput(source)
  expect(outcome).toMatchObject({ success: false, error: 'KeyboardInterrupt' })
  expect(cell.outputs.at(-1)).toMatchObject({ output_type: 'error', ename: 'KeyboardInterrupt', evalue: '' })
  expect(took).toBeLessThan(PROMPTLY)
  expect((await session.run('kept')).outputs).toMatchObject([{ data: { 'text/plain': "'kept'" } }])
})

it('lets a cell catch the interrupt, in a loop and while it awaits, and go on', async () => {
  const loop =
    "try:\n    print('begun')\n    while True: pass\nexcept KeyboardInterrupt:\n    print('caught')\n'on'"
  const wait = loop.replace('while True: pass', 'await asyncio.sleep(600)')
  for (const source of [loop, wait]) {
    const { cell, outcome } = await interruptAfterOutput(source)
    expect(outcome.success).toBe(true)
    expect(cell.text('stdout')).toBe('begun\ncaught\n')
    expect(cell.outputs.at(-1)).toMatchObject({ data: { 'text/plain': "'on'" } })
  }
})

it.each([
  'os.kill(os.getpid(), signal.SIGINT)',
  'signal.raise_signal(signal.SIGINT)',
  '_thread.interrupt_main()',
])('interrupts a cell whose own code does it: %s', async (call) => {
  const caught = await session.run(
    `import os, signal, _thread\ntry:\n    ${call}\n    for number in range(1000): pass\nexcept KeyboardInterrupt:\n    print('caught')\n'on'`,
  )
  expect(caught.text('stdout')).toBe('caught\n')
  const ended = await session.run(`${call}\nawait asyncio.sleep(0.01)\nprint('not reached')`)
  expect(ended.outcome).toMatchObject({ success: false, error: 'KeyboardInterrupt' })
  expect(ended.text('stdout')).toBe('')
})

it('runs finally blocks of what is interrupted', async () => {
  const { cell } = await interruptAfterOutput(
    "try:\n    print('begun')\n    await asyncio.sleep(600)\nfinally:\n    print('cleaned')",
  )
  expect(cell.text('stdout')).toBe('begun\ncleaned\n')
})

it('shows the line of the cell in the traceback, and no frame of the kernel', async () => {
  const { cell } = await interruptAfterOutput("print('begun')\ntime.sleep(600)")
  expect(cell.text('stderr')).toBe('')
  const error = cell.outputs.at(-1)
  const traceback = error?.output_type === 'error' ? error.traceback.join('\n') : ''
  expect(traceback).toContain('----> 2 time.sleep(600)')
  expect(traceback).not.toContain('notebook_kernel')
})

it('interrupts a second time when the first interrupt was swallowed', async () => {
  const source =
    "try:\n    print('begun')\n    while True: pass\nexcept KeyboardInterrupt:\n    print('again')\nwhile True: pass"
  const cell = session.begin(source)
  await expect.poll(() => cell.text('stdout')).toContain('begun')
  session.instance.interrupt?.()
  await expect.poll(() => cell.text('stdout')).toContain('again')
  session.instance.interrupt?.()
  await expect(cell.result).resolves.toMatchObject({ error: 'KeyboardInterrupt' })
})

it('keeps a signal that comes between the moment Python reads and the moment it clears', () => {
  const shared = createSharedMemory()
  const buffer = createSignalBuffer(shared)
  expect(buffer[0]).toBe(0)
  signalInterrupt(shared, 1, 1)
  buffer[0] = 0
  expect(buffer[0]).toBe(2)
  buffer[0] = 0
  expect(shared[SHARED.signal]).toBe(0)
  expect([buffer.takeRead(), buffer.takeRead()]).toEqual([true, false])
})

it('loses no interrupt of a cell that catches each and goes on, busy or awaiting', async () => {
  for (const wait of ['pass', 'await asyncio.sleep(0)', 'await asyncio.sleep(0.001)']) {
    const cell = session.begin(
      `count = 0\nwhile count < 300:\n    try:\n        print(f'round {count}.')\n        while True: ${wait}\n    except KeyboardInterrupt: count += 1`,
    )
    for (let round = 0; round < 300; round += 1) {
      await expect
        .poll(() => cell.text('stdout'), { interval: 1, timeout: 10_000 })
        .toContain(`round ${round}.`)
      session.instance.interrupt?.()
    }
    await expect(cell.result).resolves.toMatchObject({ success: true })
  }
})

it('survives interrupts at any moment of many short cells, and hits none of the cells after them', async () => {
  for (let round = 0; round < 60; round += 1) {
    const cell = session.begin('total = sum(range(2000))\nprint(total)\ntotal')
    const delay = round % 6
    for (let turn = 0; turn < delay * 3; turn += 1) await new Promise(setImmediate)
    session.instance.interrupt?.()
    const outcome = await cell.result
    if (!outcome.success) expect(outcome.error).toBe('KeyboardInterrupt')
    const next = await session.run('kept')
    expect(next.outcome.success).toBe(true)
    expect(next.outputs).toMatchObject([{ data: { 'text/plain': "'kept'" } }])
  }
})

it('keeps tasks in the background alive while another cell is interrupted', async () => {
  await session.run(
    'ticks = 0\nasync def tick():\n    global ticks\n    while True:\n        ticks += 1\n        await asyncio.sleep(0.001)\ntask = asyncio.create_task(tick())',
  )
  await interruptAfterOutput("print('begun')\nawait asyncio.sleep(600)")
  const cell = await session.run(
    'before = ticks\nawait asyncio.sleep(0.05)\nfinished = task.done()\ntask.cancel()\nticks > before, finished',
  )
  expect(cell.outputs).toMatchObject([{ data: { 'text/plain': '(True, False)' } }])
})
