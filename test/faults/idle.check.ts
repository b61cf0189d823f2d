import { SimulatedClock } from 'xstate'
import { closeNotebookStore, openNotebookStore } from '../../src/index.js'
import { readEventLog } from '../support/event-log.js'
import { atMost, type Check } from './finding.js'
import { committerFor } from '../../src/livestore/committer.js'
import { createFaultRegistry, faultType } from './fault-registry.js'
import { withTemporaryDirectory } from './temporary-directory.js'

const dayMs = 86_400_000
const stepMs = 60_000
const quickStepMs = 600_000
/** Two an hour; existing runtimes write one every 15 s. */
const eventLimit = 48

/** What an agent that has nothing to do writes in a day, its start included. */
export const idleForADay: Check = ({ quick }) =>
  withTemporaryDirectory(async (directory) => {
    const clock = new SimulatedClock()
    const store = await openNotebookStore({ notebookId: 'idle', storage: { directory } })
    const registry = createFaultRegistry({ config: { clock }, settings: { idleCullMs: 0 } })
    await registry.getOrCreateAgent('idle', faultType, { store })
    const step = quick ? quickStepMs : stepMs
    for (let elapsedMs = 0; elapsedMs < dayMs; elapsedMs += step) {
      clock.increment(step)
      await committerFor(store).idle()
    }
    const written = (await readEventLog(store)).length
    await registry.close()
    await closeNotebookStore(store)
    return [atMost('idle.durableEventsPerDay', written, eventLimit)]
  })
