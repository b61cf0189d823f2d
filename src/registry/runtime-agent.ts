import { registerRuntimeDriver, RuntimeAgent, RuntimeConfig } from '@runtimed/agent-core'
import { createStoreView } from '../livestore/store-view.js'
import type { AgentDriver } from './agent-driver.js'
import { AgentHost, settingsOf } from './agent-host.js'
import { requireNotebookStore } from './notebook-store.js'

/** Drives an agent that an app has made itself, by a registry of one. It is not culled, and goes when its runtime has failed for good. */
function driveAlone(agent: RuntimeAgent): AgentDriver {
  const { config, executionHandler: handler } = agent
  requireNotebookStore(config.notebookId, config.store)
  const host = new AgentHost<RuntimeAgent>()
  const settings = settingsOf(handler, { idleCullMs: 0, errorPolicy: 'continue' })
  const plan = { handler, settings, sessionId: freshSessionId(config), awaitsRecord: true }
  host.spawn(config, plan)
  const driver = host.adopt(agent, plan)
  let wasUp = false
  driver.actorRef.on('agent.started', () => (wasUp = true))
  driver.actorRef.on('agent.failed', () => {
    if (wasUp) driver.stop('error')
  })
  void driver.ended.then(() => host.actorRef.send({ type: 'registry.drain' }))
  return driver
}

/** That of the configuration; another one for a start after one that was taken back. */
function freshSessionId({ sessionId, store }: RuntimeConfig): string {
  const view = createStoreView(store)
  let fresh = sessionId
  for (let start = 2; view.sessionHasEnded(fresh); start += 1) fresh = `${sessionId}-start${start}`
  return fresh
}

registerRuntimeDriver(driveAlone)

export { RuntimeAgent, RuntimeConfig }
