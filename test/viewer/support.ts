import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Store } from '@runtimed/schema'
import type { Page } from 'playwright-core'
import {
  createInspection,
  openInspectionEndpoint,
  type InspectionEndpoint,
} from '../../src/inspection/index.js'
import type { RuntimeAgentRegistry } from '../../src/registry/runtime-agent-registry.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { cleanUp, createTestRegistry, openNotebook } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

/** Builds the viewer, if it is stale, as `npm test` has done before all tests. */
export const buildViewer = () => execFileSync(process.execPath, [builder, 'viewer'])

const builder = fileURLToPath(new URL('../../dist/src/build/main.js', import.meta.url))

export interface Fleet {
  readonly endpoint: InspectionEndpoint
  readonly registry: RuntimeAgentRegistry
  readonly stores: readonly Store[]
  /** Ends what the waiting cells wait for. */
  readonly release: () => void
}

/** Agents under inspection, of which each has run a cell; every fourth one is in a second cell that waits, every tenth has failed. */
export async function startFleet(size: number): Promise<Fleet> {
  const endpoint = await openInspectionEndpoint()
  cleanUp(() => endpoint.close())
  const inspection = createInspection({ target: endpoint })
  let release = () => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  const registry = createTestRegistry({
    config: { inspect: inspection.inspect },
    settings: { restart: 'temporary' },
    instance: ({ onCrash }) => ({
      execute: async ({ cell }) => {
        if (cell.source === 'wait') await released
        if (cell.source === 'crash') onCrash({ code: 'runtimeCrashed', message: 'The runtime is gone.' })
        return { success: true }
      },
    }),
  })
  const stores = await Promise.all(
    Array.from({ length: size }, (_, index) => openNotebook(['1', index % 10 === 9 ? 'crash' : 'wait'])),
  )
  for (const [index, store] of stores.entries()) {
    await registry.getOrCreateAgent(store.storeId, 'test', { store })
    store.commit(requestOf('q0', 'c0', 1))
    if (index % 4 === 0 || index % 10 === 9) store.commit(requestOf('q1', 'c1', 2))
  }
  await waitUntil('all have run their first cell', () =>
    stores.every((store) => ['completed', 'failed'].includes(queueRows(store)[0]?.status ?? '')),
  )
  cleanUp(() => Promise.resolve(release()))
  return { endpoint, registry, stores, release: () => release() }
}

/** Keeps a picture of the page when the environment names a folder for them. */
export async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS']
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: `${folder}/${name}.png` })
}
