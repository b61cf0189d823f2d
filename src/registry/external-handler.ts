import type { ExecutionHandler } from '@runtimed/agent-core'

const hostOf = Symbol('runtime-agent-registry.externalHost')

/** Who brings an external runtime up and takes it down, where this process can ask for that. */
export interface ExternalHost {
  /** Resolves when the runtime has been asked to come up; its session may appear later. Called again for each life. */
  start(notebookId: string): Promise<void>
  /** Resolves when the runtime is down. Called only after a start. */
  stop(notebookId: string): Promise<void>
}

/**
 * The handler of runtimes that live elsewhere. An agent of such a type runs nothing: it follows the session that is elsewhere by
 * its rows. Without a host it fails with `noRuntime` while no session is there; with one its start asks for the runtime and waits
 * for the session, and its end takes the runtime down. It is not culled for idleness unless its settings say so. Called as a function it fails and says so, because there is nothing here
 * that could run a cell.
 */
export function createExternalExecutionHandler(host?: ExternalHost): ExecutionHandler {
  const refuse: ExecutionHandler = () =>
    Promise.resolve({
      success: false,
      error: 'This cell runs in an external runtime, and none is connected to this notebook. Start one.',
    })
  return Object.assign(refuse, { [hostOf]: host ?? null })
}

/** The host of what `createExternalExecutionHandler` returned, null when it has none; undefined for any other handler. */
export const externalHostOf = (handler: unknown): ExternalHost | null | undefined =>
  typeof handler === 'function' && hostOf in handler ? (handler[hostOf] as ExternalHost | null) : undefined
