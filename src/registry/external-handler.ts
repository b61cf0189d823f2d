import type { ExecutionHandler } from '@runtimed/agent-core'

const followsRows = Symbol('runtime-agent-registry.followsRows')

/**
 * The handler of runtimes that live in another process. An agent of such a type runs nothing: it follows the session that is
 * elsewhere by its rows. Called as a function it fails and says so, because there is nothing here that could run a cell.
 */
export function createExternalExecutionHandler(): ExecutionHandler {
  const refuse: ExecutionHandler = () =>
    Promise.resolve({
      success: false,
      error: 'This cell runs in an external runtime, and none is connected to this notebook. Start one.',
    })
  return Object.assign(refuse, { [followsRows]: true })
}

/** True for what `createExternalExecutionHandler` returned. */
export const isFollowingHandler = (handler: unknown): boolean =>
  typeof handler === 'function' && followsRows in handler
