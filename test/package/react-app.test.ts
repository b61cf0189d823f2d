import { readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../support/chromium.js'
import { readmeOverrides } from '../support/readme-app.js'
import { ViteApp, viteTools } from '../support/vite-app.js'

const app = new ViteApp()
const run = app.run.bind(app)

beforeAll(() => {
  const install = (names: readonly string[]) =>
    run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...names])
  run('npm', ['pkg', 'set', ...readmeOverrides()])
  install(app.packages)
  install(viteTools)
}, 300_000)

afterAll(() => rmSync(app.folder, { recursive: true, force: true }))

test.each([
  ['esnext', 'bundler'],
  ['nodenext', 'nodenext'],
])('the React app of the README type-checks in an empty Vite app, module %s', (...module) => {
  expect(app.compile(...module)).toBe('')
})

test('it installs again without its lock file', () => {
  rmSync(join(app.folder, 'package-lock.json'))
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--package-lock-only'])
})

test('it builds without a warning about Node, and runs in Chromium', async () => {
  expect(run('npx', ['--no-install', 'vite', 'build', '--logLevel', 'warn'])).not.toMatch(
    /externalized|node:/,
  )
  const server = await serve(join(app.folder, 'dist'))
  const browser = await launchChromium()
  try {
    const page = await browser.newPage()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`)
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByText('Ready').waitFor()
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText('Done').waitFor()
    const output = page.frameLocator('iframe').getByRole('heading', { name: 'Hello' })
    await output.waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('Not started').waitFor()
    expect(errors).toEqual([])
  } finally {
    await browser.close()
    await new Promise((resolve) => server.close(resolve))
  }
})

test('the app has one copy of React, LiveStore, Effect and XState', () => {
  const names = ['react', '@livestore/livestore', 'effect', 'xstate']
  const copies = run('npm', ['ls', '--all', '--parseable', ...names]).split('\n')
  for (const name of names) {
    const own = new Set(copies.filter((path) => path.endsWith(`node_modules/${name}`)))
    expect([name, own.size]).toEqual([name, 1])
  }
})

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
}

/** Serves the files of a folder, as any static host does. */
function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '')
    try {
      const body = readFileSync(join(folder, path))
      response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' })
      response.end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  return new Promise((resolve) => server.listen(0, () => resolve(server)))
}
