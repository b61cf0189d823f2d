import { queryDb, tables } from '@runtimed/schema'
import {
  closeBenchStore,
  nextTurn,
  noopRegistry,
  openBenchStore,
  request,
  untilDurable,
} from './bench-store.js'
import { median, round } from './measure.js'

const samples = 60

export interface Latency {
  readonly requestToStartRatio: number
  readonly requestToStartDurableRatio: number
  readonly bareSubscriptionMs: number
}

/** From the commit of a request to the start of the handler, against the call of a bare subscription. */
export async function measureLatency(): Promise<Latency> {
  const bare = await bareSubscription()
  const repeatable = await requestToStart(true)
  const durable = await requestToStart(false)
  const times = { bare: [] as number[], repeatable: [] as number[], durable: [] as number[] }
  for (let index = 0; index < samples; index++) {
    times.bare.push(await bare.sample(index))
    times.repeatable.push(await repeatable.sample(index))
    times.durable.push(await durable.sample(index))
  }
  for (const contestant of [bare, repeatable, durable]) await contestant.close()
  const bareMs = median(times.bare)
  return {
    requestToStartRatio: round(median(times.repeatable) / bareMs),
    requestToStartDurableRatio: round(median(times.durable) / bareMs),
    bareSubscriptionMs: round(bareMs),
  }
}

async function bareSubscription() {
  const store = await openBenchStore('latency-bare')
  let called = 0
  const unsubscribe = store.subscribe(
    queryDb(tables.executionQueue.select().where({ status: 'pending' }).limit(1)),
    () => {
      called = performance.now()
    },
  )
  return {
    sample: async (index: number) => {
      const start = performance.now()
      store.commit(request(`q${index}`))
      const elapsed = called - start
      await untilDurable(store)
      return elapsed
    },
    close: async () => {
      unsubscribe()
      await closeBenchStore(store)
    },
  }
}

async function requestToStart(repeatable: boolean) {
  const store = await openBenchStore(`latency-${repeatable ? 'repeatable' : 'durable'}`)
  let started = 0
  const registry = noopRegistry(repeatable, () => {
    started = performance.now()
  })
  const agent = await registry.getOrCreateAgent(store.storeId, 'noop', { store })
  return {
    sample: async (index: number) => {
      started = 0
      const start = performance.now()
      store.commit(request(`q${index}`))
      while (started === 0) await nextTurn()
      const elapsed = started - start
      while (!agent.getSnapshot().matches('running')) await nextTurn()
      await untilDurable(store)
      return elapsed
    },
    close: async () => {
      await registry.close()
      await closeBenchStore(store)
    },
  }
}
