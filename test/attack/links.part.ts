import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exactly, isTrue } from '../faults/finding.js'
import { withTemporaryDirectory } from '../faults/temporary-directory.js'
import { visitStore, type Visit } from './open-store.js'
import type { Part } from './part.js'

const text = 'precious'
/** Files that the store keeps or makes for a moment, besides those that a notebook has. */
const moreFiles = ['probe.tmp', 'state-version.json', 'owner.lock.json', 'commits.journal']

/** A store directory of somebody else: no file outside of it is written or created through a link in it. */
export const links: Part = {
  name: 'links',
  run: ({ quick }) =>
    withTemporaryDirectory(async (directory) => {
      const names = await filesOfNotebook(join(directory, 'model'))
      const tries = names.flatMap((name) => kinds.map((kind) => ({ name, kind })))
      const chosen = quick ? tries.filter((_, index) => index % 5 === 0) : tries
      const results: Result[] = []
      for (const { name, kind } of chosen) results.push(await tryLink(directory, name, kind))
      const ends = (event: Visit['event']) => results.filter(({ visit }) => visit.event === event)
      const uncoded = results.filter(({ visit }) => visit.event === 'refused' && visit.code === 'UNCODED')
      return [
        isTrue('links.tried', results.length > 0, '> 0', results.length),
        exactly('links.filesOutsideTouched', results.filter(({ isTouched }) => isTouched).length, 0),
        exactly('links.hung', ends('hung').length + ends('crashed').length, 0),
        exactly('links.refusedWithoutCode', uncoded.length, 0),
        isTrue('links.refused', true, 'figure', ends('refused').length),
      ]
    }),
}

const kinds = ['symbolic link', 'hard link', 'link to nothing', 'link to a directory'] as const

interface Result {
  readonly visit: Visit
  readonly isTouched: boolean
}

async function filesOfNotebook(directory: string): Promise<readonly string[]> {
  await visitStore({ directory, notebookId: 'book', add: ['a'] })
  const databases = readdirSync(join(directory, 'book')).filter((name) => name.endsWith('.db'))
  return [...databases, ...databases.map((name) => `${name}-journal`), ...moreFiles]
}

async function tryLink(root: string, name: string, kind: (typeof kinds)[number]): Promise<Result> {
  const [home, outside] = [join(root, 'home'), join(root, 'outside')]
  for (const directory of [home, outside]) rmSync(directory, { recursive: true, force: true })
  await visitStore({ directory: home, notebookId: 'book', add: ['a'] })
  mkdirSync(join(outside, 'folder'), { recursive: true })
  writeFileSync(join(outside, 'file'), text)
  const path = join(home, 'book', name)
  rmSync(path, { force: true })
  if (kind === 'hard link') linkSync(join(outside, 'file'), path)
  else symlinkSync(join(outside, targets[kind]), path)
  const { visit } = await visitStore({ directory: home, notebookId: 'book' })
  const after = readdirSync(outside, { recursive: true }).toSorted().join()
  return { visit, isTouched: after !== 'file,folder' || readFileSync(join(outside, 'file'), 'utf8') !== text }
}

const targets = { 'symbolic link': 'file', 'link to nothing': 'created', 'link to a directory': 'folder' }
