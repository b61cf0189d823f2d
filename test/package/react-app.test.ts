import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../support/chromium.js'
import { readmeApp, readmeOverrides, readmePackages } from '../support/readme-app.js'

const root = join(import.meta.dirname, '../..')
let project = ''

const run = (command: string, args: readonly string[], cwd = project) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** Packages without a version have the one that this repository is developed with. */
function toSpecifier(name: string): string {
  const version = devDependencies[name]
  return version === undefined ? name : `${name}@${version}`
}

const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>
}

const write = (name: string, content: unknown) =>
  writeFileSync(join(project, name), typeof content === 'string' ? content : JSON.stringify(content))

/** What a Vite app for React and TypeScript has besides; it comes after the README's line, as it does in an app. */
const tools = [
  '@types/node',
  '@types/react',
  '@types/react-dom',
  '@vitejs/plugin-react',
  'typescript',
  'vite',
  'vitest',
]

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'react-app-'))
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', project], root)
  const tarball = readdirSync(project).find((name) => name.endsWith('.tgz')) ?? ''
  write('package.json', { private: true, type: 'module' })
  write(
    'index.html',
    '<!doctype html><div id="root"></div><script type="module" src="/src/main.tsx"></script>',
  )
  write(
    'vite.config.ts',
    "import react from '@vitejs/plugin-react'\nimport { defineConfig } from 'vite'\n\nexport default defineConfig({ plugins: [react()] })\n",
  )
  write('tsconfig.json', {
    compilerOptions: {
      target: 'ES2023',
      lib: ['ES2023', 'DOM', 'DOM.Iterable'],
      module: 'ESNext',
      moduleResolution: 'bundler',
      moduleDetection: 'force',
      verbatimModuleSyntax: true,
      jsx: 'react-jsx',
      strict: true,
      noUnusedLocals: true,
      noUnusedParameters: true,
      erasableSyntaxOnly: true,
      skipLibCheck: false,
      types: ['node'],
      noEmit: true,
    },
    include: ['src'],
  })
  mkdirSync(join(project, 'src'))
  write('src/main.tsx', readmeApp())
  const named = readmePackages().map((name) => (name === 'runtime-agent-registry' ? `./${tarball}` : name))
  const install = (names: readonly string[]) =>
    run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...names.map(toSpecifier)])
  run('npm', ['pkg', 'set', ...readmeOverrides()])
  install(named)
  install(tools)
}, 300_000)

afterAll(() => rmSync(project, { recursive: true, force: true }))

test('the React app of the README type-checks in an empty Vite app', () => {
  expect(run('npx', ['--no-install', 'tsc'])).toBe('')
})

test('it installs again without its lock file', () => {
  rmSync(join(project, 'package-lock.json'))
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--package-lock-only'])
})

test('it builds without a warning about Node, and runs in Chromium', async () => {
  expect(run('npx', ['--no-install', 'vite', 'build', '--logLevel', 'warn'])).not.toMatch(
    /externalized|node:/,
  )
  const server = await serve(join(project, 'dist'))
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
