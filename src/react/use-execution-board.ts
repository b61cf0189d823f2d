import { RegistryError } from '../errors.js'
import type { NotebookWriter } from '../livestore/notebook-writer.js'
import type { ExecutionBoard } from './execution-board.js'
import { useRuntimeAgentContext } from './runtime-agent-context.js'

/** The board of the provider's notebook; null while there is no store. */
export function useExecutionBoard(hook: string): { board: ExecutionBoard | null; userId: string } {
  const { session, registry, store, userId } = useRuntimeAgentContext(hook)
  return { board: store && session.board(store, registry), userId }
}

/** What writes to the board's notebook; rejects with `STORE_REQUIRED` when there is none. */
export async function requireWriter(board: ExecutionBoard | null, userId: string): Promise<NotebookWriter> {
  if (board) return board.writer(userId)
  const message = 'The notebook has no store yet. Wait until the RuntimeAgentProvider has one.'
  throw new RegistryError('STORE_REQUIRED', message)
}

/** A rejection that nobody handles is no unhandled one. */
export function contained<Parameters extends unknown[]>(
  command: (...parameters: Parameters) => Promise<void>,
) {
  return (...parameters: Parameters): Promise<void> => {
    const attempt = command(...parameters)
    attempt.catch(() => undefined)
    return attempt
  }
}
