import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { isTrue } from '../faults/finding.js'
import { withTemporaryDirectory } from '../faults/temporary-directory.js'
import { createChoices, type Choices } from './choices.js'
import { visitStore, type Visit } from './open-store.js'
import type { Part } from './part.js'

const corruptionsAltogether = 50
const pageBytes = 4096

interface Damage {
  readonly what: string
  readonly visit: Visit
  readonly warnings: readonly string[]
  /** Outputs that were there before and are not shown afterwards. */
  readonly missing: number
  /** True when a refusal left every file as it was. */
  readonly isUntouched: boolean
}

type Deed = (path: string, choices: Choices, older: string) => void

const deeds: Readonly<Record<string, Deed>> = {
  removed: (path) => rmSync(path),
  emptied: (path) => truncateSync(path),
  'cut short': (path, choices) => truncateSync(path, choices.below(statSync(path).size)),
  'with a zeroed page': (path, choices) => overwrite(path, choices, () => 0),
  'with a page of noise': (path, choices) => overwrite(path, choices, () => choices.below(256)),
  'with one other byte': (path, choices) => flip(path, choices.below(statSync(path).size)),
  'with another header': (path, choices) => flip(path, choices.below(100)),
  text: (path) => writeFileSync(path, 'not a database\n'.repeat(2_000)),
  'an older copy': (path, _, older) => cpSync(older, path),
  'with a journal of noise': (path, choices) =>
    writeFileSync(
      `${path}-journal`,
      Uint8Array.from({ length: 5_000 }, () => choices.below(256)),
    ),
}

/** Damaged files of a notebook: it opens with all that it had, or is refused by a code and left as it was. */
export const corruptions: Part = {
  name: 'corruptions',
  run: ({ seed, quick, rounds = quick ? 5 : corruptionsAltogether }) =>
    withTemporaryDirectory(async (directory) => {
      const choices = createChoices(seed)
      const whole = await makeNotebook(directory)
      const kinds = Object.keys(deeds)
      const damages: Damage[] = []
      for (let round = 0; round < rounds; round += 1)
        damages.push(await damage(directory, whole, choices, kinds[round % kinds.length] as string))
      return judge(damages)
    }),
}

interface Whole {
  readonly now: string
  readonly older: string
  readonly ids: readonly string[]
}

async function makeNotebook(directory: string): Promise<Whole> {
  const [now, older] = [join(directory, 'whole'), join(directory, 'older')]
  const ids: string[] = []
  for (const visit of ['a', 'b', 'c']) {
    const add = Array.from({ length: 12 }, (_, index) => `${visit}-${index}`)
    const done = await visitStore({ directory: now, notebookId: 'book', add })
    if (done.visit.event !== 'closed') throw new Error(`No notebook to damage: ${JSON.stringify(done)}`)
    if (visit === 'a') cpSync(now, older, { recursive: true })
    ids.push(...add)
  }
  return { now, older, ids }
}

async function damage(directory: string, whole: Whole, choices: Choices, deed: string): Promise<Damage> {
  const place = join(directory, 'damaged')
  rmSync(place, { recursive: true, force: true })
  cpSync(whole.now, place, { recursive: true })
  const book = join(place, 'book')
  const files = readdirSync(book).filter((name) => existsSync(join(whole.older, 'book', name)))
  const name = choices.pick(files)
  deeds[deed]?.(join(book, name), choices, join(whole.older, 'book', name))
  const before = contentsOf(book)
  const { visit, warnings } = await visitStore({ directory: place, notebookId: 'book' })
  const there = new Set(visit.event === 'closed' ? visit.ids : whole.ids)
  return {
    what: `${name} ${deed}`,
    visit,
    warnings,
    missing: whole.ids.filter((id) => !there.has(id)).length,
    isUntouched: visit.event !== 'refused' || contentsOf(book) === before,
  }
}

/** Names and bytes of the databases of a directory, to be compared. */
const contentsOf = (directory: string) =>
  readdirSync(directory)
    .filter((name) => name.includes('.db'))
    .map((name) => `${name}:${readFileSync(join(directory, name)).toString('base64')}`)
    .join('\n')

function overwrite(path: string, choices: Choices, byte: () => number): void {
  const bytes = readFileSync(path)
  const start = pageBytes * choices.below(Math.ceil(bytes.length / pageBytes))
  for (let at = start; at < Math.min(start + pageBytes, bytes.length); at += 1) bytes[at] = byte()
  writeFileSync(path, bytes)
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ 0xff
  writeFileSync(path, bytes)
}

function judge(damages: readonly Damage[]) {
  const which = (isOf: (damage: Damage) => boolean) => damages.filter(isOf)
  const none = (name: string, found: readonly Damage[]) =>
    isTrue(name, found.length === 0, '= 0', found.length === 0 ? 0 : JSON.stringify(found))
  return [
    isTrue('corruptions.tried', damages.length > 0, '> 0', damages.length),
    none(
      'corruptions.hung',
      which(({ visit }) => visit.event === 'hung'),
    ),
    none(
      'corruptions.crashed',
      which(({ visit }) => visit.event === 'crashed'),
    ),
    none(
      'corruptions.lostSilently',
      which(({ missing, warnings }) => missing > 0 && warnings.length === 0),
    ),
    none(
      'corruptions.lost',
      which(({ missing }) => missing > 0),
    ),
    none(
      'corruptions.refusedWithoutCode',
      which(({ visit }) => visit.event === 'refused' && visit.code === 'UNCODED'),
    ),
    none(
      'corruptions.changedByRefusal',
      which(({ isUntouched }) => !isUntouched),
    ),
    isTrue('corruptions.refused', true, 'figure', which(({ visit }) => visit.event === 'refused').length),
    isTrue('corruptions.mended', true, 'figure', which(({ warnings }) => warnings.length > 0).length),
  ]
}
