import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { build, createLogger } from 'vite'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(root, 'dist/bundle-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Bundles a page that uses all of an entry, or some names of it; returns its code and what the bundler had to say. */
async function bundle(entry: string, names = '* as entry'): Promise<{ code: string; warnings: string[] }> {
  const warnings: string[] = []
  const note = (message: string) => void warnings.push(message)
  const logger = { ...createLogger('silent'), warn: note, warnOnce: note, error: note }
  const input = join(folder, `${entry.replaceAll('/', '-')}.js`)
  writeFileSync(input, `import ${names} from '${entry}'; globalThis.entry = entry`)
  const built = await build({
    root: folder,
    configFile: false,
    customLogger: logger,
    logLevel: 'silent',
    build: { write: false, minify: false, rollupOptions: { input } },
  })
  const chunks = [built].flat().flatMap((output) => ('output' in output ? output.output : []))
  return { code: chunks.map((chunk) => ('code' in chunk ? chunk.code : '')).join('\n'), warnings }
}

const entries = [
  '',
  '/schema',
  '/machines',
  '/status',
  '/inspection',
  '/react',
  '/react/livestore',
  '/notebook',
]

test.each(entries)(
  'runtime-agent-registry%s is bundled for a page without anything of Node',
  async (path) => {
    const { code, warnings } = await bundle(`runtime-agent-registry${path}`)
    expect(code.length).toBeGreaterThan(1_000)
    expect(warnings).toEqual([])
    expect(code).not.toContain('__vite-browser-external')
    expect(code).not.toMatch(/^import .*['"](node:|fs|path|worker_threads)/m)
  },
)

test('a page that uses nothing but RuntimeAgent is bundled with what drives it', async () => {
  const { code } = await bundle('runtime-agent-registry', '{ RuntimeAgent as entry }')
  expect(code).toMatch(/^registerRuntimeDriver\(/m)
})
