import { expect, test } from 'vitest'
import { runCli, startCli, untilWritten } from './cli-process.js'

test('without a command the studio is served until Ctrl-C', async () => {
  const running = startCli([])
  await untilWritten(running, 'Ctrl-C ends it')
  const url = /http:\/\/localhost:\d+\//.exec(running.stdout())?.[0] ?? ''
  const page = await fetch(url)
  expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp')
  expect(await page.text()).toContain('<title>Studio</title>')
  expect((await fetch(`${url}pyodide/pyodide-lock.json`)).status).toBe(200)
  running.child.kill('SIGINT')
  expect((await running.finished).code).toBe(0)
})

test.each([
  [['studio', '--port', 'x'], '--port is "x"'],
  [['studio', 'notebook.ipynb'], '"studio" takes no arguments'],
])('%j ends with 2 and one line that says what to do', async (words, text) => {
  const { code, stderr } = await runCli(words)
  expect(code).toBe(2)
  expect(stderr).toContain(text)
})
