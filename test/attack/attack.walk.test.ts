import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test, vi } from 'vitest'

vi.setConfig({ testTimeout: 240_000 })

const root = fileURLToPath(new URL('../..', import.meta.url))

const run = (...words: string[]) =>
  new Promise<{ readonly stdout: string; readonly stderr: string; readonly status: number }>((resolve) => {
    const env = { ...process.env, NODE_ENV: 'production' }
    const child = execFile(process.execPath, words, { cwd: root, env }, (_, stdout, stderr) =>
      resolve({ stdout, stderr, status: child.exitCode ?? 1 }),
    )
  })

beforeAll(async () => {
  expect(await run('node_modules/typescript/bin/tsc', '-b', 'test/attack')).toMatchObject({
    stdout: '',
    status: 0,
  })
})

async function attack(only: string) {
  const { stdout, stderr, status } = await run('dist/test/attack/main.js', '--quick', '--only', only)
  return { missed: stdout.split('\n').filter((line) => line.startsWith('MISS')), stderr, status }
}

test('of many processes that open one directory exactly one gets it', async () => {
  expect(await attack('owners')).toEqual({ missed: [], stderr: '', status: 0 })
})

test.each(['links', 'corruptions', 'kills'])(
  '%s lose nothing silently, and end with a code',
  async (part) => {
    expect(await attack(part)).toEqual({ missed: [], stderr: '', status: 0 })
  },
)

test('malformed requests are ended, get nothing that they may not, and leave both servers serving', async () => {
  expect(await attack('requests')).toEqual({ missed: [], stderr: '', status: 0 })
})
