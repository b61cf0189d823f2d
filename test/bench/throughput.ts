import { bareCommits, naiveLoop, pipeline, type Contestant } from './contestants.js'
import { round, timed } from './measure.js'

/** Ratios by number of executions in one notebook. */
export interface Throughput {
  readonly floorRatio: Record<string, number>
  readonly floorRatioDurable: Record<string, number>
  readonly naiveRatio: Record<string, number>
  /** Executions per second, for orientation only: they depend on the machine. */
  readonly perSecond: Record<string, Record<string, number>>
}

/** Contestants take turns of this many executions, so that noise of the machine meets all of them alike. */
const sliceSize = 50
/** Slices that the naive loop takes part in, spread over the run and on a notebook as long as the others' at that moment. */
const naiveSamples = 4
const naiveSliceSize = 10

export async function measureThroughput(sizes: readonly number[]): Promise<Throughput> {
  const result: Throughput = { floorRatio: {}, floorRatioDurable: {}, naiveRatio: {}, perSecond: {} }
  for (const size of sizes) {
    const perExecution = await race(size)
    result.floorRatio[size] = round(perExecution.floor / perExecution.repeatable)
    result.floorRatioDurable[size] = round(perExecution.floor / perExecution.durable)
    result.naiveRatio[size] = round(perExecution.naive / perExecution.repeatable)
    result.perSecond[size] = Object.fromEntries(
      Object.entries(perExecution).map(([name, milliseconds]) => [name, round(1000 / milliseconds, 1)]),
    )
  }
  return result
}

type Name = 'floor' | 'repeatable' | 'durable' | 'naive'

/** Milliseconds per execution of each contestant, over a notebook's life from empty to `size` executions. */
async function race(size: number): Promise<Record<Name, number>> {
  const contestants = {
    floor: await bareCommits(),
    repeatable: await pipeline(true),
    durable: await pipeline(false),
  }
  const naive = await naiveLoop()
  const spent: Record<Name, number> = { floor: 0, repeatable: 0, durable: 0, naive: 0 }
  await warmUp([...Object.values(contestants), naive])
  const slices = Math.ceil(size / sliceSize)
  const sampleEvery = Math.max(1, Math.floor(slices / naiveSamples))
  let sampled = 0
  for (let slice = 0; slice < slices; slice++) {
    for (const [name, contestant] of rotated(Object.entries(contestants), slice)) {
      spent[name as Name] += await timed(() => contestant.run(sliceSize))
    }
    if (slice % sampleEvery === 0) {
      await naive.grow((slice + 1) * sliceSize)
      spent.naive += await timed(() => naive.run(naiveSliceSize))
      sampled += naiveSliceSize
    }
  }
  await Promise.all([...Object.values(contestants), naive].map((contestant) => contestant.close()))
  const total = slices * sliceSize
  return {
    floor: spent.floor / total,
    repeatable: spent.repeatable / total,
    durable: spent.durable / total,
    naive: spent.naive / sampled,
  }
}

async function warmUp(contestants: readonly Contestant[]): Promise<void> {
  for (const contestant of contestants) await contestant.run(naiveSliceSize)
}

const rotated = <Item>(items: readonly Item[], by: number): Item[] => {
  const start = by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}
