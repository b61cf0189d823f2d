import { RegistryError } from '../errors.js'
import type { ExecutionBoard } from './execution-board.js'
import { useRuntimeAgentContext } from './runtime-agent-context.js'

/** The board of the provider's notebook; null while there is no store. */
export function useExecutionBoard(hook: string): { board: ExecutionBoard | null; userId: string } {
  const { session, registry, store, userId } = useRuntimeAgentContext(hook)
  return { board: store && session.board(store, registry), userId }
}

/** The board; rejects with `STORE_REQUIRED` when there is none. */
export function requireBoard(board: ExecutionBoard | null): Promise<ExecutionBoard> {
  if (board) return Promise.resolve(board)
  const message = 'The notebook has no store yet. Wait until the RuntimeAgentProvider has one.'
  return Promise.reject(new RegistryError('STORE_REQUIRED', message))
}
