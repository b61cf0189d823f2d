import { setImmediate } from 'node:timers/promises'
import type { Store } from '@runtimed/schema'
import type { RegistryAgent } from '../../../src/index.js'
import { createInspection, openInspectionEndpoint } from '../../../src/inspection/index.js'
import { closeBenchStore, noopRegistry, openBenchStore } from '../bench-store.js'
import { settledHeap } from '../measure.js'
import { startViewer } from './viewer-process.js'

/** What a viewer that takes nothing does to the program. */
export interface StallCost {
  readonly seconds: number
  /** Transitions that were shown meanwhile. */
  readonly transitions: number
  /** Bytes on the heap and in buffers that were not there when the load began. */
  readonly growthBytes: number
}

const agentCount = 10
const sendsPerTurn = 200

/** Keeps agents busy with transitions that store nothing, while a viewer of each protocol is connected and reads nothing. */
export async function measureStall(seconds: number): Promise<StallCost> {
  const endpoint = await openInspectionEndpoint()
  const inspection = createInspection({ target: endpoint })
  const registry = noopRegistry(true, () => undefined, inspection.inspect)
  const stores: Store[] = []
  const agents: RegistryAgent[] = []
  for (let index = 0; index < agentCount; index++) {
    const store = await openBenchStore(`stall-${index}`)
    stores.push(store)
    agents.push(await registry.getOrCreateAgent(store.storeId, 'noop', { store }))
  }
  const viewers = [
    await startViewer(endpoint.leanUrl, 'stall'),
    await startViewer(endpoint.statelyUrl, 'stall'),
  ]
  let transitions = 0
  const load = async (milliseconds: number) => {
    const end = performance.now() + milliseconds
    while (performance.now() < end) {
      for (let count = 0; count < sendsPerTurn; count++) {
        agents[transitions++ % agentCount]?.actorRef.send({ type: 'agent.pin' })
      }
      await setImmediate()
    }
  }
  await load(1_000)
  const before = await memory()
  await load(seconds * 1_000)
  const growthBytes = (await memory()) - before
  for (const viewer of viewers) viewer.stop()
  await registry.close()
  inspection.stop()
  await endpoint.close()
  for (const store of stores) await closeBenchStore(store)
  return { seconds, transitions, growthBytes }
}

async function memory(): Promise<number> {
  const heap = await settledHeap()
  return heap + process.memoryUsage().external
}
