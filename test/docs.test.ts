import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AnyStateMachine } from 'xstate'
import {
  agentMachine,
  executionMachine,
  followedExecutionMachine,
  registryMachine,
} from '../machines/index.js'
import { filesIn, root } from './support/files-in.js'
import { waitSitesOf } from './support/wait-sites.js'

const read = (path: string) => readFileSync(join(root, path), 'utf8')

const readmes = [
  'README.md',
  'src/waits.md',
  ...['src', 'machines', 'test', 'stately'].flatMap((folder) => filesIn(folder, /README\.md$/)),
]

describe.each(readmes)('the links of %s', (readme) => {
  const links = [...read(readme).matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link]) => link as string)

  test('lead to files and headings that are there', () => {
    expect(links.filter((link) => !isThere(readme, link))).toEqual([])
  })
})

function isThere(readme: string, link: string): boolean {
  const [path = '', heading] = link.split('#')
  const target = path === '' ? join(root, readme) : resolve(root, dirname(readme), path)
  if (!existsSync(target)) return false
  return heading === undefined || headingsOf(readFileSync(target, 'utf8')).includes(heading)
}

const headingsOf = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )

test('every code of an error or a warning has its sentence, and none is made up', () => {
  const made = /(?:RegistryError|NotebookError|super)\(\s*'([A-Z_]+)'|code: '(STORE_[A-Z_]+)'/g
  const inSource = ['src', 'packages/schema/src', 'packages/agent-core/src']
    .flatMap((folder) => filesIn(folder, /\.tsx?$/))
    .filter((path) => !path.startsWith('src/cli/') && !path.startsWith('src/studio/'))
    .flatMap((path) => [...read(path).matchAll(made)].map(([, error, warning]) => error ?? warning))
  const section = read('src/README.md').split('## Errors and warnings')[1]?.split('\n## ')[0] ?? ''
  const told = [...section.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code]) => code)
  expect([...new Set(told)].toSorted()).toEqual([...new Set(inSource)].toSorted())
})

const coreFolders = [
  'src/registry',
  'src/livestore',
  'src/execution',
  'src/handlers',
  'packages/agent-core/src',
]

const machines: Record<string, AnyStateMachine> = {
  'machines/registry.machine.ts': registryMachine,
  'machines/agent.machine.ts': agentMachine,
  'machines/execution.machine.ts': executionMachine,
  'machines/follower.machine.ts': followedExecutionMachine,
}

interface Row {
  readonly sites: readonly string[]
  readonly text: string
  readonly cells: readonly string[]
}

/** The rows stand under the name of their folder; the first two cells name a file, and its functions or states. */
function readRows(): Row[] {
  const sections = read('src/waits.md').split(/^## `?/m)
  return sections.slice(1).flatMap((section) => {
    const folder = section.split(/[`\n]/)[0]
    const lines = section.split('\n').filter((line) => line.startsWith('| `'))
    return lines.map((text) => {
      const [file = '', names = '', ...cells] = text.slice(1, -1).split('|')
      const sites = [...names.matchAll(/`([^`]+)`/g)].map(
        ([, name]) => `${folder}/${file.replaceAll('`', '').trim()} ${name}`,
      )
      return { sites, text, cells: cells.map((cell) => cell.trim()) }
    })
  })
}

const rows = readRows()

/** A state that is not final waits for what leads out of it. */
const statesOf = ([path, { states }]: [string, AnyStateMachine]) =>
  Object.entries(states)
    .filter(([, { type }]) => type !== 'final')
    .map(([name]) => `${path} ${name}`)

test('every wait of the core has a row, and every row a wait', () => {
  const inSource = coreFolders
    .flatMap((folder) => filesIn(folder, /\.ts$/))
    .flatMap((path) => waitSitesOf(path).map((name) => `${path} ${name}`))
  const ofMachines = Object.entries(machines).flatMap(statesOf)
  const told = rows.flatMap(({ sites }) => sites)
  expect(told.toSorted()).toEqual([...inSource, ...ofMachines].toSorted())
})

test('every wait has a limit, with what then happens, or the reason why it has none', () => {
  const isTold = ([what, limit = '', end]: readonly string[]) =>
    what !== '' &&
    (/^(none: .|.*see `)/.test(limit) || (limit !== '' && !limit.startsWith('none') && end !== ''))
  expect(rows.filter(({ cells }) => !isTold(cells)).map(({ text }) => text)).toEqual([])
})

test.each(Object.entries(machines))('every delay of %s is a limit of a row', (path, machine) => {
  const limits = rows
    .filter(({ sites }) => sites.some((site) => site.startsWith(path)))
    .map(({ text }) => text)
  const delays = Object.keys(machine.implementations.delays)
  expect(delays.filter((delay) => !limits.some((limit) => limit.includes(`*${delay}*`)))).toEqual([])
})
