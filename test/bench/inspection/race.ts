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

/** Executions of one turn: few, so that what disturbs the machine falls on all four. */
const sliceSize = 20

/** Lets time pass without using any of it, so that CPU time is that of the work. */
const rest = () => new Promise<void>((resolve) => setTimeout(resolve, 2))

type Name = 'without' | 'off' | 'lean' | 'stately'

interface Watched extends Contestant {
  readonly stop: () => Promise<void>
}

const names: readonly Name[] = ['without', 'off', 'lean', 'stately']

/** Turns that the same four pipelines take. */
const roundsOfBlock = 10

/**
 * Four pipelines take turns, each on a notebook of its own: without inspection, with one that is stopped, and with one that a
 * viewer in another process reads over the lean stream or over the Stately protocol. After ten turns four new ones go on, made in
 * another order, because two that do the same differ by some percent. A ratio is the median over all blocks.
 */
export async function measureCost(blocks: number): Promise<InspectionCost> {
  const ratios: Record<Name, number[]> = { without: [], off: [], lean: [], stately: [] }
  const without: number[] = []
  for (let block = 0; block < blocks; block++) {
    const spent = await measureBlock(rotated(names, block))
    without.push(spent.without)
    for (const name of names) ratios[name].push(spent[name] / spent.without)
  }
  const ratioOf = (name: Name) => round(median(ratios[name]), 3)
  return {
    offRatio: ratioOf('off'),
    leanRatio: ratioOf('lean'),
    statelyRatio: ratioOf('stately'),
    withoutMs: round(median(without) / sliceSize),
  }
}

/** CPU milliseconds of a turn, as the median over the block's turns. */
async function measureBlock(order: readonly Name[]): Promise<Record<Name, number>> {
  const contestants: Partial<Record<Name, Watched>> = {}
  for (const name of order) contestants[name] = await (name === 'without' ? unwatched() : watched(name))
  const spent: Record<Name, number[]> = { without: [], off: [], lean: [], stately: [] }
  for (const name of order) await contestants[name]?.run(sliceSize)
  for (let turn = 0; turn < roundsOfBlock; turn++) {
    for (const name of rotated(order, turn)) {
      globalThis.gc?.()
      spent[name].push(await cpuTime(async () => contestants[name]?.run(sliceSize)))
    }
  }
  for (const name of order) await contestants[name]?.stop()
  return {
    without: median(spent.without),
    off: median(spent.off),
    lean: median(spent.lean),
    stately: median(spent.stately),
  }
}

async function unwatched(): Promise<Watched> {
  const contestant = await pipeline(true, undefined, rest)
  return { ...contestant, stop: contestant.close }
}

async function watched(kind: Exclude<Name, 'without'>): Promise<Watched> {
  const endpoint = await openInspectionEndpoint()
  const inspection: Inspection = createInspection({ target: endpoint })
  if (kind === 'off') inspection.stop()
  const contestant = await pipeline(true, inspection.inspect, rest)
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
