import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readmePart } from '../support/readme-app.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const compiler = join(root, 'node_modules/.bin/tsc')
let project = ''

const run = (command: string, args: readonly string[], cwd = project) =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 240_000,
  })

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'package-'))
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', project], root)
  const tarball = readdirSync(project).find((name) => name.endsWith('.tgz')) ?? ''
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', `./${tarball}`])
}, 240_000)

afterAll(() => rmSync(project, { recursive: true, force: true }))

test('the packed library installs into an empty project, runs a cell and ends', () => {
  writeFileSync(
    join(project, 'app.mjs'),
    `import { closeNotebookStore, openNotebookStore, RuntimeAgentFactory } from 'runtime-agent-registry'
     import { agentMachine } from 'runtime-agent-registry/machines'
     import { parseNotebook } from 'runtime-agent-registry/notebook'
     const store = await openNotebookStore({ notebookId: 'app', storage: 'memory' })
     const agent = await new RuntimeAgentFactory(store, 'user', 'token').createRuntimeAgent('app', 'html')
     console.log(agent.getSnapshot().value, agentMachine.id, typeof parseNotebook)
     await agent.shutdown()
     await closeNotebookStore(store)`,
  )
  expect(run('node', ['app.mjs']).trim()).toBe('running agent function')
})

test('an agent that the app makes itself runs a cell in it', () => {
  writeFileSync(
    join(project, 'own-agent.mjs'),
    `import { closeNotebookStore, NotebookWriter, openNotebookStore, RuntimeAgent, RuntimeConfig } from 'runtime-agent-registry'
     const store = await openNotebookStore({ notebookId: 'own', storage: 'memory' })
     const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }
     const agent = new RuntimeAgent(new RuntimeConfig({
       runtimeId: 'own', runtimeType: 'echo', notebookId: 'own', authToken: 'token', userId: 'ada', capabilities, store,
     }))
     const ran = new Promise((resolve) => agent.onExecution(async ({ cell }) => {
       resolve(cell.source)
       return { success: true }
     }))
     await agent.start()
     const writer = new NotebookWriter(store, 'ada')
     writer.requestExecution(writer.createCell('code', { source: '6 * 7' }).cellId)
     console.log(await ran)
     await agent.shutdown()
     await closeNotebookStore(store)`,
  )
  expect(run('node', ['own-agent.mjs']).trim()).toBe('6 * 7')
})

const entries = [
  '',
  '/schema',
  '/machines',
  '/status',
  '/notebook',
  '/migration',
  '/handlers/html',
  '/handlers/python',
]

test.each([
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
])('its types are whole for a compiler that looks at them all, module %s', (module, moduleResolution) => {
  const lines = entries.map((path, index) => `export * as e${index} from 'runtime-agent-registry${path}'`)
  writeFileSync(join(project, 'all.ts'), lines.join('\n'))
  const options = { module, moduleResolution, target: 'es2023', typeRoots: join(root, 'node_modules/@types') }
  const flags = Object.entries({ ...options, types: 'node', skipLibCheck: 'false' })
  const words = flags.flatMap(([name, value]) => [`--${name}`, value])
  expect(run(compiler, ['--noEmit', '--strict', '--ignoreConfig', ...words, 'all.ts'])).toBe('')
})

const programs = {
  'runs a cell': ['README.md', /## In a program\n+```ts\n(.*?)```/s, '42'],
  'uses a machine alone': ['machines/README.md', /```ts\n(import \{ agentMachine.*?)```/s, 'running'],
} as const

test.each(Object.entries(programs))('the program of the README that %s compiles and runs', (_, program) => {
  const [path, pattern, printed] = program
  writeFileSync(join(project, 'program.ts'), readmePart(path, pattern, 'program'))
  const options = { module: 'nodenext', target: 'es2023', typeRoots: join(root, 'node_modules/@types') }
  const words = Object.entries({ ...options, types: 'node' }).flatMap(([name, value]) => [`--${name}`, value])
  expect(run(compiler, ['--strict', '--ignoreConfig', ...words, 'program.ts'])).toBe('')
  expect(run('node', ['program.js'])).toContain(printed)
})

test('it holds nothing that only its build needs', () => {
  const tarball = readdirSync(project).find((name) => name.endsWith('.tgz')) ?? ''
  expect(run('tar', ['-tzf', tarball])).not.toMatch(/tsbuildinfo|\.stamp/)
})

const bundled = {
  cli: ['@livestore/livestore', '@livestore/wa-sqlite', 'effect', 'xstate'],
  studio: [
    '@codemirror/view',
    '@livestore/livestore',
    'dompurify',
    'effect',
    'elkjs',
    'marked',
    'react',
    'xstate',
  ],
  viewer: ['elkjs', 'react', 'react-dom'],
}

test.each(Object.entries(bundled))(
  'the %s comes with the licences of what is bundled in it',
  (page, names) => {
    const folder = join(project, 'node_modules/runtime-agent-registry/dist', page)
    const notices = readFileSync(join(folder, 'THIRD-PARTY-NOTICES.md'), 'utf8')
    const sections = notices.split(/^## (?=\S+ - \d)/m).slice(1)
    const named = sections.map((section) => section.slice(0, section.indexOf(' - ')))
    expect(named).toEqual(expect.arrayContaining(names))
    const empty = sections.filter((section) => section.length < 400).map((section) => section.split(' ')[0])
    expect(empty).toEqual(page === 'studio' ? ['pyodide'] : [])
  },
)

test('Pyodide, whose package has no licence text, has a notice of its own', () => {
  const folder = join(project, 'node_modules/runtime-agent-registry/dist/studio')
  expect(readFileSync(join(folder, 'PYODIDE-NOTICE.txt'), 'utf8')).toContain('https://mozilla.org/MPL/2.0/')
})

test('its command runs the sample notebook', () => {
  const output = run('npx', ['--no-install', 'runtime-agent-registry', 'run'])
  expect(output).toContain('5 cells ran')
})

test('its command serves the studio, with Pyodide from where it is installed', async () => {
  const program = join(project, 'node_modules/.bin/runtime-agent-registry')
  const child = spawn(program, ['studio', '--port', '0'], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    let written = ''
    child.stdout.on('data', (chunk: Buffer) => (written += chunk.toString()))
    await expect.poll(() => written, { timeout: 60_000 }).toMatch(/http:\/\/localhost:\d+\//)
    const url = /http:\/\/localhost:\d+\//.exec(written)?.[0] ?? ''
    const page = await (await fetch(url)).text()
    const scripts = [...page.matchAll(/src="\.\/(assets\/[^"]+)"/g)].map(([, path]) => path)
    expect(scripts.length).toBeGreaterThan(0)
    const paths = [...scripts, 'workers/livestore.worker.js', 'python/kernel.py', 'pyodide/pyodide.asm.wasm']
    const answers = await Promise.all(paths.map((path) => fetch(`${url}${path}`, { method: 'HEAD' })))
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200))
  } finally {
    child.kill()
  }
})

test('it holds one copy of LiveStore, Effect and XState', () => {
  const copies = run('npm', ['ls', '--all', '--parseable', '@livestore/livestore', 'effect', 'xstate'])
  const paths = copies
    .split('\n')
    .filter((line) => /node_modules\/(effect|xstate|@livestore\/livestore)$/.test(line))
  expect(new Set(paths.map((path) => path.slice(path.lastIndexOf('node_modules/')))).size).toBe(3)
  expect(new Set(paths).size).toBe(3)
})
