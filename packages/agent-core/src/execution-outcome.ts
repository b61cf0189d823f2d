import { endsWithin, guarded, toError } from './errors.js'
import { logger } from './logger.js'
import { messageOf } from './message-of.js'
import type { ExecutionContext, ExecutionHandler, ExecutionResult } from './types.js'

/** What a handler did: it returned a result, or it threw. */
export type HandlerOutcome = { result: ExecutionResult } | { thrown: Error }

/** How an execution is recorded. */
export interface Completion {
  status: 'success' | 'error'
  error?: string
}

/** Milliseconds that the end of an execution waits for what it tells the agent's user. */
const callbackLimitMs = 5_000

/** Calls the handler; a synchronous throw and a missing result count as failures. Never rejects. */
export async function callHandler(
  handler: ExecutionHandler,
  context: ExecutionContext,
): Promise<HandlerOutcome> {
  try {
    const result: unknown = await handler(context)
    if (typeof result === 'object' && result !== null) return { result: result as ExecutionResult }
    const problem = `The execution handler returned ${messageOf(result)}; it must return { success: true | false }.`
    return { thrown: new Error(problem) }
  } catch (error) {
    return { thrown: toError(error) }
  }
}

/**
 * Writes what is still to be shown: the data of the result, also of a failed one, in the form that its `outputType` names, and for
 * a failure an error output unless the reader has been told (`hasErrorOutput`, or `metadata.errorShown` of the result). What `onError`
 * throws is logged, and so is that it takes longer than 5 s. Never rejects.
 */
export async function writeOutcome(
  outcome: HandlerOutcome,
  context: ExecutionContext,
  hasErrorOutput: () => boolean,
  onError: ((error: Error, context: ExecutionContext) => unknown) | undefined,
): Promise<Completion> {
  if ('thrown' in outcome) {
    const { thrown } = outcome
    if (!hasErrorOutput()) context.error(thrown.name, thrown.message, tracebackOf(thrown))
    const told = guarded('onExecutionError', () => onError?.(thrown, context))
    if (!(await endsWithin(told, callbackLimitMs))) {
      logger.error(
        `The onExecutionError callback did not end within ${callbackLimitMs} ms; the agent goes on`,
      )
    }
    return { status: 'error', error: thrown.message }
  }
  const { result } = outcome
  if (result.data) await writeData(result, context)
  if (result.success) return { status: 'success' }
  const error = result.error ?? 'The execution failed without saying why.'
  const isShown = hasErrorOutput() || result.metadata?.['errorShown'] === true
  if (!isShown) context.error('Error', error, [`Error: ${error}`])
  return { status: 'error', error }
}

async function writeData(result: ExecutionResult, context: ExecutionContext): Promise<void> {
  const { data = {}, metadata, outputType } = result
  const text = data['text/markdown'] ?? data['text/plain']
  if (outputType === 'multimedia_display') return context.display(data, metadata)
  if (outputType === 'terminal' && typeof data['text/plain'] === 'string') {
    return context.stdout(data['text/plain'])
  }
  if (outputType === 'markdown' && typeof text === 'string') {
    context.markdown(text)
    return
  }
  return context.result(data, metadata)
}

function tracebackOf({ stack, name, message }: Error): string[] {
  return stack === undefined ? [`${name}: ${message}`] : stack.split('\n')
}
