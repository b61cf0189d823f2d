import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesIn, root } from './support/files-in.js'

const read = (path: string) => readFileSync(join(root, path), 'utf8')

const readmes = [
  'README.md',
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
