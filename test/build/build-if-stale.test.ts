import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildIfStale } from '../../src/build/build-if-stale.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'page-'))
  mkdirSync(join(root, 'src/page/inner'), { recursive: true })
  writeFileSync(join(root, 'src/page/inner/main.ts'), 'one')
  writeFileSync(join(root, 'lock.json'), '1')
})
afterEach(() => rmSync(root, { recursive: true }))

const page = { name: 'page', sources: ['src/page', 'lock.json'] }
const isBuilt = () =>
  buildIfStale(page, {
    root,
    build: async ({ name }) =>
      void (await Promise.resolve(mkdirSync(join(root, 'dist', name), { recursive: true }))),
  })

test('a page is built once, and again when anything that it is made from has changed, come or gone', async () => {
  expect(await isBuilt()).toBe(true)
  expect(await isBuilt()).toBe(false)
  writeFileSync(join(root, 'src/page/inner/main.ts'), 'two')
  expect(await isBuilt()).toBe(true)
  writeFileSync(join(root, 'src/page/more.ts'), '')
  expect(await isBuilt()).toBe(true)
  rmSync(join(root, 'src/page/more.ts'))
  expect(await isBuilt()).toBe(true)
  writeFileSync(join(root, 'lock.json'), '2')
  expect(await isBuilt()).toBe(true)
  expect(await isBuilt()).toBe(false)
})

test('a page that was not built stays stale', async () => {
  const build = () => Promise.reject(new Error('it does not compile'))
  await expect(buildIfStale(page, { root, build })).rejects.toThrow('it does not compile')
  expect(await isBuilt()).toBe(true)
})
