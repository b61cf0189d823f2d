import { beforeAll, expect, test } from 'vitest'
import { compile, runNode } from '../support/run-node.js'

beforeAll(() => compile('test/attack'))

async function attack(only: string) {
  const { stdout, stderr, status } = await runNode('dist/test/attack/main.js', '--quick', '--only', only)
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

test('outputs of a stranger reach nothing, and the studio stays', async () => {
  expect(await attack('outputs')).toEqual({ missed: [], stderr: '', status: 0 })
})
