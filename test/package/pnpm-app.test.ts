import { realpathSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ViteApp, viteTools } from '../support/vite-app.js'

const app = new ViteApp()

/** The last line of pnpm that runs on Node 20. */
const pnpm = (...words: string[]) => app.run('npx', ['--yes', 'pnpm@10', ...words])

beforeAll(() => {
  pnpm('add', '--prefer-offline', ...app.packages)
  pnpm('add', '--prefer-offline', '--save-dev', ...viteTools)
}, 300_000)

afterAll(() => rmSync(app.folder, { recursive: true, force: true }))

test.each([
  ['esnext', 'bundler'],
  ['nodenext', 'nodenext'],
])('the React app of the README type-checks in an app of pnpm, module %s', (...module) => {
  expect(app.compile(...module)).toBe('')
})

test('it builds without a warning about Node', () => {
  expect(app.run('npx', ['--no-install', 'vite', 'build', '--logLevel', 'warn'])).not.toMatch(
    /externalized|node:/,
  )
})

test('a program of the app runs a cell, and the command runs the sample notebook', () => {
  app.write(
    'run.mjs',
    `import { closeNotebookStore, openNotebookStore, RuntimeAgentFactory } from 'runtime-agent-registry'
     const store = await openNotebookStore({ notebookId: 'app', storage: 'memory' })
     const agent = await new RuntimeAgentFactory(store, 'user', 'token').createRuntimeAgent('app', 'html')
     console.log(agent.getSnapshot().value)
     await agent.shutdown()
     await closeNotebookStore(store)`,
  )
  expect(app.run('node', ['run.mjs']).trim()).toBe('running')
  expect(app.run('npx', ['--no-install', 'runtime-agent-registry', 'run'])).toContain('5 cells ran')
})

test.each(['react', '@livestore/livestore', 'xstate'])(
  'the app and the package share one copy of %s',
  (name) => {
    const own = realpathSync(join(app.folder, 'node_modules', name))
    const package_ = realpathSync(join(app.folder, 'node_modules/runtime-agent-registry'))
    expect(realpathSync(join(dirname(package_), name))).toBe(own)
  },
)
