import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { killAfter } from '../faults/child.js'
import { exactly, isTrue } from '../faults/finding.js'
import { withTemporaryDirectory } from '../faults/temporary-directory.js'
import { createChoices, type Choices } from './choices.js'
import { startStoreChild, visitStore, type Visit } from './open-store.js'
import type { Part } from './part.js'

const killsAltogether = 200
const killsPerDirectory = 10
const pulledEvents = 300
/** Milliseconds after the opening begins: pulling 300 events takes about as long. */
const openingMs = 1_500
const outputsPerLife = 40

interface Aftermath {
  readonly kills: number
  /** What lives that were killed had said instead of opening or writing. */
  readonly refusals: readonly object[]
  readonly durable: readonly string[]
  readonly visit: Visit
  readonly repeatedPulls: number
  /** Events that the backend has more than once. */
  readonly doubled: number
}

/** `kill -9` of processes that open, pull, write: what they called durable is there afterwards, and the directory opens. */
export const kills: Part = {
  name: 'kills',
  run: ({ seed, quick, rounds = quick ? 6 : killsAltogether }) =>
    withTemporaryDirectory(async (directory) => {
      const choices = createChoices(seed)
      const filled = await fillBackend(directory)
      const perDirectory = Math.min(killsPerDirectory, Math.ceil(rounds / 2))
      const aftermaths: Aftermath[] = []
      for (let home = 0; home * perDirectory < rounds; home += 1) {
        const place = join(directory, String(home))
        aftermaths.push(
          await killRepeatedly(place, perDirectory, choices, home % 2 === 0 ? filled : undefined),
        )
      }
      return judge(aftermaths)
    }),
}

interface Filled {
  readonly file: string
  readonly ids: readonly string[]
}

async function fillBackend(directory: string): Promise<Filled> {
  const file = join(directory, 'backend.jsonl')
  const ids = Array.from({ length: pulledEvents }, (_, index) => `pulled-${index}`)
  const options = { directory: join(directory, 'others'), notebookId: 'book', backendFile: file, add: ids }
  const { visit } = await visitStore(options)
  if (visit.event !== 'closed') throw new Error(`The backend could not be filled: ${JSON.stringify(visit)}`)
  return { file, ids }
}

async function killRepeatedly(
  directory: string,
  count: number,
  choices: Choices,
  filled: Filled | undefined,
): Promise<Aftermath> {
  const backendFile = `${directory}.jsonl`
  if (filled) copyFileSync(filled.file, backendFile)
  const store = { directory, notebookId: 'book', ...(filled && { backendFile }) }
  const durable: string[] = []
  const refusals: object[] = []
  let repeatedPulls = 0
  for (let kill = 0; kill < count; kill += 1) {
    const add = Array.from({ length: outputsPerLife }, (_, index) => `${kill}-${index}`)
    const child = startStoreChild({ ...store, add })
    await Promise.race([child.until('opening'), child.ended])
    await killSometime(child, choices)
    durable.push(...child.reports.flatMap((report) => (report.event === 'durable' ? [report.id] : [])))
    repeatedPulls += child.reports.filter(isRepeatedPull).length
    refusals.push(...child.reports.filter(({ event }) => event === 'refused'))
  }
  const waitFor = [...durable, ...(filled?.ids ?? [])]
  const { visit, warnings } = await visitStore({ ...store, waitFor })
  repeatedPulls += warnings.filter((code) => code === 'STORE_PULL_REPEATED').length
  return {
    kills: count,
    refusals,
    durable: waitFor,
    visit,
    repeatedPulls,
    doubled: filled ? countDoubled(backendFile) : 0,
  }
}

const isRepeatedPull = (report: { event: string; code?: string }) =>
  report.event === 'warned' && report.code === 'STORE_PULL_REPEATED'

/** Half of the kills come while the store opens and pulls, the others when some outputs are written. */
async function killSometime(child: ReturnType<typeof startStoreChild>, choices: Choices): Promise<void> {
  if (choices.oneIn(2)) return killAfter(child, choices.below(openingMs))
  const written = child.untilCount('durable', 1 + choices.below(outputsPerLife))
  await Promise.race([written, child.until('refused').catch(() => undefined)])
  await child.kill()
}

function countDoubled(backendFile: string): number {
  const lines = readFileSync(backendFile, 'utf8').split('\n').filter(Boolean)
  const ids = lines.map((line) => (JSON.parse(line) as { args: { id: string } }).args.id)
  const own = ids.filter((id) => id !== 'last')
  return own.length - new Set(own).size
}

function judge(aftermaths: readonly Aftermath[]) {
  const total = (count: (aftermath: Aftermath) => number) =>
    aftermaths.reduce((sum, aftermath) => sum + count(aftermath), 0)
  const ends = [
    ...aftermaths.map(({ visit }) => visit).filter(({ event }) => event !== 'closed'),
    ...aftermaths.flatMap(({ refusals }) => refusals),
  ]
  return [
    isTrue(
      'kills.kills',
      true,
      'figure',
      total(({ kills }) => kills),
    ),
    isTrue('kills.notOpened', ends.length === 0, 'none', ends.length === 0 ? 0 : JSON.stringify(ends)),
    exactly('kills.durableLost', total(countLost), 0),
    exactly(
      'kills.backendDoubled',
      total(({ doubled }) => doubled),
      0,
    ),
    isTrue(
      'kills.durable',
      true,
      'figure',
      total(({ durable }) => durable.length),
    ),
    isTrue(
      'kills.repeatedPulls',
      true,
      'figure',
      total(({ repeatedPulls }) => repeatedPulls),
    ),
  ]
}

function countLost({ durable, visit }: Aftermath): number {
  const there = new Set(visit.event === 'closed' ? visit.ids : [])
  return durable.filter((id) => !there.has(id)).length
}
