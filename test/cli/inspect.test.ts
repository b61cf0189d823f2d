import { createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect'
import { expect, test } from 'vitest'
import { waitUntil } from '../support/wait-for.js'
import { launchChromium } from '../support/chromium.js'
import {
  freshDirectory,
  html,
  jsonLines,
  runCli,
  startCli,
  untilWritten,
  writeNotebook,
} from './cli-process.js'

const inspecting = (stdout: string) =>
  jsonLines(stdout.slice(0, stdout.lastIndexOf('\n'))).find(({ event }) => event === 'run.inspecting') as
    { viewer: string; stately: string } | undefined

test('run --inspect-hold shows all actors to a receiver of @statelyai/inspect, until Ctrl-C', async () => {
  const running = startCli(['run', writeNotebook(['<b>1</b>', '<b>2</b>'], html), '--inspect-hold', '--json'])
  await untilWritten(running, 'run.inspecting')
  const { viewer = '', stately = '' } = inspecting(running.stdout()) ?? {}
  const messages: StatelyInspectionEvent[] = []
  createWebSocketReceiver({ server: stately }).subscribe((message) => void messages.push(message))
  await untilWritten(running, 'run.finished')
  const named = (name: string) =>
    messages.filter((message) => message.type === '@xstate.actor' && message.name.startsWith(name))
  await waitUntil('all actors came', () => named('execution').length >= 2)
  for (const name of ['registry', 'agent:', 'execution']) {
    const [actor] = named(name)
    const definition = 'definition' in (actor ?? {}) ? (actor as { definition: string }).definition : '{}'
    expect(Object.keys(JSON.parse(definition) as object)).toContain('states')
    const values = messages.filter(
      (message) =>
        message.sessionId === actor?.sessionId && 'snapshot' in message && 'value' in message.snapshot,
    )
    expect(values.length).toBeGreaterThan(0)
  }
  const page = await fetch(viewer)
  expect([page.status, (await page.text()).includes('<div id="root">')]).toEqual([200, true])
  running.child.kill('SIGINT')
  expect(await running.finished).toMatchObject({ code: 0, stderr: '' })
})

test('run --inspect prints the address, ends with the run, and leaves nothing that listens', async () => {
  const { code, stdout, stderr } = await startCli(['run', writeNotebook(['<b>1</b>'], html), '--inspect'])
    .finished
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const address = /Look at it (http:\S+)/.exec(stdout)?.[1] ?? ''
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{24}$/)
  await expect(fetch(address)).rejects.toThrow('fetch failed')
})

test('a recorded run is looked at in the page, at any time of it, from its store alone', async () => {
  const store = freshDirectory()
  await runCli(['run', writeNotebook(['<b>1</b>', '<b>2</b>', '<b>3</b>'], html), '--store', store])
  const log = await runCli(['log', store, '--history', '--json'])
  const history = jsonLines(log.stdout)
  expect(history.map(({ to }) => to)).toEqual([
    'starting',
    'executing',
    'executing',
    'executing',
    'running',
    'shuttingDown',
    'stopped',
  ])
  expect(history[0]).toMatchObject({
    agentId: 'agent:notebook',
    from: 'idle',
    event: 'execution.request',
    epoch: 1,
  })
  const text = await runCli(['log', store, '--history'])
  expect(text.stdout).toMatch(/time \(UTC\) +agent +life +from +to +event +cause/)
  expect(text.stdout).toMatch(/notebook +1 +running +shuttingDown +agent\.stop +shutdown/)

  const running = startCli(['inspect', store, '--json'])
  await untilWritten(running, 'inspect.ready')
  const { viewer } = jsonLines(running.stdout())[0] as { viewer: string }
  const browser = await launchChromium()
  try {
    const page = await browser.newPage({ viewport: { width: 1600, height: 900 } })
    await page.goto(viewer)
    await page.getByText('Recorded run').waitFor()
    const state = () => page.locator('.panel .state[data-active]').last().getAttribute('data-state')
    await expect.poll(state).toBe('stopped')
    const states: (string | null)[] = []
    for (const back = page.getByRole('button', { name: '◀ Step' }); await back.isEnabled();) {
      await back.click()
      states.push(await state())
    }
    expect(states.at(-1)).toBe('starting')
    expect(states).toContain('executing')
  } finally {
    await browser.close()
  }
  running.child.kill('SIGINT')
  expect(await running.finished).toMatchObject({ code: 0, stderr: '' })
})
