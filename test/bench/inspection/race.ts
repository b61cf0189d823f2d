import { createInspection, openInspectionEndpoint, type Inspection } from '../../../src/inspection/index.js'
import { pipeline, type Contestant } from '../contestants.js'
import { median, round } from '../measure.js'
import { startViewer } from './viewer-process.js'

/** What inspection costs, as CPU time of the same executions with it over without it. */
export interface InspectionCost {
  readonly offRatio: number
  readonly leanRatio: number
  readonly statelyRatio: number
  /** CPU milliseconds of one execution without inspection, for orientation only. */
  readonly withoutMs: number
}

/** Executions of one turn. */
const sliceSize = 40

type Name = 'without' | 'off' | 'lean' | 'stately'

interface Watched extends Contestant {
  readonly stop: () => Promise<void>
}

/**
 * Four pipelines take turns, each on a notebook of its own: without inspection, with one that is stopped, and with one that a
 * viewer in another process reads over the lean stream or over the Stately protocol. A ratio is the median over all rounds.
 */
export async function measureCost(rounds: number): Promise<InspectionCost> {
  const contestants: Record<Name, Watched> = {
    without: await unwatched(),
    off: await watched('off'),
    lean: await watched('lean'),
    stately: await watched('stately'),
  }
  const names = Object.keys(contestants) as Name[]
  const spent: Record<Name, number[]> = { without: [], off: [], lean: [], stately: [] }
  for (const name of names) await contestants[name].run(2 * sliceSize)
  for (let turn = 0; turn < rounds; turn++) {
    for (const name of rotated(names, turn)) {
      globalThis.gc?.()
      spent[name].push(await cpuTime(() => contestants[name].run(sliceSize)))
    }
  }
  for (const name of names) await contestants[name].stop()
  const ratioOf = (name: Name) =>
    round(median(spent[name].map((value, turn) => value / (spent.without[turn] ?? Number.NaN))), 3)
  return {
    offRatio: ratioOf('off'),
    leanRatio: ratioOf('lean'),
    statelyRatio: ratioOf('stately'),
    withoutMs: round(median(spent.without) / sliceSize),
  }
}

async function unwatched(): Promise<Watched> {
  const contestant = await pipeline(true)
  return { ...contestant, stop: contestant.close }
}

async function watched(kind: Exclude<Name, 'without'>): Promise<Watched> {
  const endpoint = await openInspectionEndpoint()
  const inspection: Inspection = createInspection({ target: endpoint })
  if (kind === 'off') inspection.stop()
  const contestant = await pipeline(true, inspection.inspect)
  const viewer = kind === 'off' ? undefined : await startViewer(urlOf(endpoint, kind), 'read')
  return {
    ...contestant,
    stop: async () => {
      viewer?.stop()
      inspection.stop()
      await contestant.close()
      await endpoint.close()
    },
  }
}

const urlOf = (
  { leanUrl, statelyUrl }: { leanUrl: string; statelyUrl: string },
  kind: 'lean' | 'stately',
): string => (kind === 'lean' ? leanUrl : statelyUrl)

async function cpuTime(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const rotated = <Item>(items: readonly Item[], by: number): Item[] => {
  const start = by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}
