import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesIn, root } from './support/files-in.js'

interface Import {
  readonly from: string
  /** A file of this repository, or the name of a package. */
  readonly to: string
  readonly typeOnly: boolean
  readonly dynamic: boolean
}

/** What is no source file but may be imported: styles, pictures and data, and texts with `?raw`. */
const isAsset = (specifier: string) => /\.(css|svg|json)$|\?raw$/.test(specifier)

const sources = ['machines', 'src', 'packages/schema/src', 'packages/agent-core/src']
  .flatMap((folder) => filesIn(folder, /\.tsx?$/))
  .sort()

const packageName = (specifier: string) =>
  specifier.startsWith('node:')
    ? specifier
    : specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  const pattern = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|import\('([^']+)'\)/gm
  return [...text.matchAll(pattern)].map((match) => {
    const specifier = match[2] ?? match[3] ?? ''
    return {
      from: file,
      to: specifier.startsWith('.') ? targetOf(file, specifier) : packageName(specifier),
      typeOnly: match[1] !== undefined,
      dynamic: match[3] !== undefined,
    }
  })
}

function targetOf(file: string, specifier: string): string {
  if (isAsset(specifier)) return relative(root, resolve(root, dirname(file), specifier))
  return sourceOf(file, specifier)
}

function sourceOf(file: string, specifier: string): string {
  const target = relative(root, resolve(root, dirname(file), specifier))
  const found = [target.replace(/\.js$/, '.ts'), target.replace(/\.js$/, '.tsx')].find((candidate) =>
    sources.includes(candidate),
  )
  if (!found) throw new Error(`${file} imports ${specifier}, which is no source file.`)
  return found
}

const imports = sources.flatMap(importsOf)
const importsFrom = (prefix: string) => imports.filter(({ from }) => from.startsWith(prefix))
const isFile = (target: string) => sources.includes(target)
const describeImport = ({ from, to }: Import) => `${from} -> ${to}`

/** Which folders a folder may import from, besides itself; `src/errors.ts` and packages are open to all of `src`. */
const arrows: Record<string, readonly string[]> = {
  'machines/': [],
  'src/errors.ts': [],
  'src/execution/': ['machines/'],
  'src/livestore/': ['machines/'],
  'src/notebook/': ['src/livestore/'],
  'src/handlers/': ['src/execution/'],
  'src/registry/': ['machines/', 'src/execution/', 'src/livestore/', 'src/handlers/html/'],
  'src/status/': ['machines/'],
  'src/testing/': ['machines/', 'src/registry/', 'src/livestore/', 'src/execution/'],
  'src/migration/': ['machines/', 'src/registry/', 'src/notebook/'],
  'src/inspection/': [
    'machines/',
    'src/stately/',
    'src/livestore/agent-history.ts',
    'src/livestore/stored-end.ts',
  ],
  'src/build/': [],
  'src/viewer/': ['src/chart/', 'src/inspection/', 'src/stately/'],
  'src/react/': ['machines/', 'src/registry/', 'src/livestore/', 'src/execution/', 'src/status/'],
  'src/chart/': [],
  'src/stately/': ['machines/', 'src/chart/'],
  'src/studio/': [
    'machines/',
    'src/browser.ts',
    'src/react/',
    'src/livestore/',
    'src/notebook/',
    'src/handlers/python/',
    'src/status/',
    'src/stately/',
    'src/chart/',
    'src/inspection/browser.ts',
    'src/inspection/recorded-frame.ts',
    'src/viewer/',
  ],
}

describe('arrows point one way', () => {
  test.each(Object.entries(arrows))('%s', (folder, allowed) => {
    const wrong = importsFrom(folder).filter(
      ({ to }) =>
        isFile(to) &&
        !to.startsWith(folder) &&
        to !== 'src/errors.ts' &&
        !allowed.some((prefix) => to.startsWith(prefix)),
    )
    expect(wrong.map(describeImport)).toEqual([])
  })

  test('a handler imports no other handler', () => {
    const folderOf = (file: string) => file.split('/')[2]
    const wrong = importsFrom('src/handlers/').filter(
      ({ from, to }) => to.startsWith('src/handlers/') && folderOf(from) !== folderOf(to),
    )
    expect(wrong.map(describeImport)).toEqual([])
  })

  test('machines import xstate, types of the schema, and themselves', () => {
    const wrong = importsFrom('machines/').filter(
      ({ to, typeOnly }) => !isFile(to) && to !== 'xstate' && !(to === '@runtimed/schema' && typeOnly),
    )
    expect(wrong.map(describeImport)).toEqual([])
  })

  test('xstate is imported by the machines, the registry, the React bindings and the kit for tests only', () => {
    const allowed = ['machines/', 'src/registry/', 'src/react/', 'src/testing/']
    const wrong = imports.filter(
      ({ from, to, typeOnly }) =>
        ['xstate', '@xstate/react'].includes(to) &&
        !typeOnly &&
        !allowed.some((prefix) => from.startsWith(prefix)),
    )
    expect(wrong.map(describeImport)).toEqual([])
  })

  test('handlers know neither xstate nor LiveStore', () => {
    const wrong = importsFrom('src/handlers/').filter(
      ({ to }) => to === 'xstate' || to.startsWith('@livestore/'),
    )
    expect(wrong.map(describeImport)).toEqual([])
  })

  test('the schema package imports nothing of this repository, and agent-core only the schema', () => {
    const own = imports.filter(({ from }) => from.startsWith('packages/'))
    const wrong = own.filter(
      ({ from, to }) =>
        (to === '@runtimed/agent-core' || to === '@runtimed/schema') &&
        !(from.startsWith('packages/agent-core/') && to === '@runtimed/schema'),
    )
    expect(wrong.map(describeImport)).toEqual([])
  })
})

test('no file imports itself through others', () => {
  const edges = new Map(
    sources.map((file) => [
      file,
      imports
        .filter((edge) => edge.from === file && isFile(edge.to) && !edge.typeOnly && !edge.dynamic)
        .map(({ to }) => to),
    ]),
  )
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file))
      throw new Error(`Cycle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`)
    if (done.has(file)) return
    for (const next of edges.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of sources) visit(file, [])
  expect(done.size).toBe(sources.length)
})

/** The packages that an entry loads, directly or through its files. */
function packagesOf(entry: string, { dynamic }: { dynamic: boolean }): string[] {
  const reached = new Set<string>()
  const packages = new Set<string>()
  const visit = (file: string): void => {
    if (reached.has(file)) return
    reached.add(file)
    for (const edge of importsFrom(file).filter((one) => !one.typeOnly && (dynamic || !one.dynamic))) {
      if (isFile(edge.to)) visit(edge.to)
      else packages.add(edge.to)
    }
  }
  visit(entry)
  return [...packages].sort()
}

const core = ['@livestore/livestore', '@runtimed/agent-core', '@runtimed/schema', 'effect', 'xstate']

test('the core entry loads neither React nor Pyodide nor a Node adapter before they are asked for', () => {
  expect(packagesOf('src/index.ts', { dynamic: false })).toEqual(core)
})

test('inspection loads neither the inspector nor, in a page, anything of Node', () => {
  expect(packagesOf('src/inspection/browser.ts', { dynamic: false })).toEqual(['@runtimed/agent-core'])
  expect(packagesOf('src/inspection/browser.ts', { dynamic: true })).toEqual([
    '@runtimed/agent-core',
    '@statelyai/inspect',
  ])
})

test('the core entries reach no inspection', () => {
  for (const entry of ['src/index.ts', 'src/browser.ts']) {
    const reached = packagesOf(entry, { dynamic: true })
    expect(reached).not.toContain('ws')
    expect(reached).not.toContain('@statelyai/inspect')
  }
})

test('the browser entry reaches nothing of Node, not even when asked', () => {
  const reached = packagesOf('src/browser.ts', { dynamic: true })
  expect(reached).toEqual(['@livestore/adapter-web', '@livestore/common', ...core].sort())
})
