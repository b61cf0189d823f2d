import type { Store } from '@runtimed/schema'
import { WebSocket } from 'ws'
import {
  createInspection,
  leanStream,
  openInspectionEndpoint,
  type EndpointOptions,
  type Inspection,
  type InspectionEndpoint,
  type InspectionOptions,
  type LeanFrame,
  type LeanRecord,
} from '../../src/inspection/index.js'
import type { RuntimeAgentRegistry } from '../../src/registry/runtime-agent-registry.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import {
  cleanUp,
  createTestRegistry,
  openNotebook,
  type TestRegistryOptions,
} from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

/** An endpoint that is closed after the test. */
export async function openEndpoint(options?: EndpointOptions): Promise<InspectionEndpoint> {
  const endpoint = await openInspectionEndpoint(options)
  cleanUp(() => endpoint.close())
  return endpoint
}

/** An inspection that is stopped after the test. */
export function inspect(options: InspectionOptions): Inspection {
  const inspection = createInspection(options)
  cleanUp(() => Promise.resolve(inspection.stop()))
  return inspection
}

/** A lean stream in the same process, with everything that it has told. */
export function leanInspection(options: Omit<InspectionOptions, 'target'> = {}) {
  const frames: LeanFrame[] = []
  const inspection = inspect({ ...options, target: leanStream((frame) => void frames.push(frame)) })
  return { inspection, frames, records: () => frames.flatMap((frame) => frame.records) }
}

/** Records of one kind. */
export const ofKind = <Kind extends LeanRecord['kind']>(records: readonly LeanRecord[], kind: Kind) =>
  records.filter((record): record is Extract<LeanRecord, { kind: Kind }> => record.kind === kind)

export interface Watched {
  readonly registry: RuntimeAgentRegistry
  readonly store: Store
}

/** A registry that is inspected, with the agent of a notebook running. */
export async function watchedAgent(
  inspection: Inspection,
  { sources = ['1 + 1'], ...options }: TestRegistryOptions & { sources?: readonly string[] } = {},
): Promise<Watched> {
  const store = await openNotebook(sources)
  const registry = createTestRegistry({
    ...options,
    config: { ...options.config, inspect: inspection.inspect },
  })
  await registry.getOrCreateAgent(store.storeId, 'test', { store })
  return { registry, store }
}

/** Runs cell `c0` once more, to its end. */
export async function runCell(store: Store): Promise<void> {
  const name = `q${queueRows(store).length}`
  store.commit(requestOf(name, 'c0'))
  await waitUntil(
    `${name} has ended`,
    () => queueRows(store).find(({ id }) => id === name)?.status === 'completed',
  )
}

export interface TestSocket {
  readonly socket: WebSocket
  readonly messages: string[]
  readonly closed: Promise<number>
}

/** Connects, and collects what comes. Rejects with the HTTP status when it is refused. */
export function connect(url: string, headers: Record<string, string> = {}): Promise<TestSocket> {
  const socket = new WebSocket(url, { headers, perMessageDeflate: false })
  cleanUp(() => Promise.resolve(socket.terminate()))
  const messages: string[] = []
  socket.on('message', (data) => messages.push((data as Buffer).toString()))
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve({ socket, messages, closed }))
    socket.once('error', reject)
    socket.once('unexpected-response', (_request, response) =>
      reject(new Error(`refused: ${response.statusCode}`)),
    )
  })
}
