/** Shows the source of a code cell as HTML. Nothing is started and nothing is kept between cells. */
import type { ExecutionContext, ExecutionResult } from '@runtimed/agent-core'
import { defineExecutionHandler, type DefinedExecutionHandler } from '../../execution/handler.js'

/** A leading `%%html` line with its options, for example `%%html --isolated`, and the line break after it. */
const CELL_MAGIC_LINE = /^%%html(?:[ \t][^\n]*)?(?:\n|$)/

/**
 * Makes the html handler. A code cell, with or without a leading `%%html` line, becomes one display of `text/html` and
 * `text/plain`; a cell of any other type ends with an error.
 */
export function createHtmlExecutionHandler(): DefinedExecutionHandler {
  return defineExecutionHandler({
    name: 'html',
    capabilities: { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false },
    repeatable: true,
    startTimeoutMs: 10_000,
    create: () => ({ execute: showHtml, dispose: async () => {} }),
  })
}

export default createHtmlExecutionHandler()

async function showHtml(context: ExecutionContext): Promise<ExecutionResult> {
  if (context.abortSignal.aborted) return { success: false, error: 'Execution cancelled' }
  if (context.cell.cellType !== 'code') return refuse(context)
  const source = context.cell.source.replace(CELL_MAGIC_LINE, '')
  await context.display({ 'text/html': source, 'text/plain': source })
  return { success: true }
}

function refuse(context: ExecutionContext): ExecutionResult {
  const error = `The html handler runs code cells only; cell ${context.cell.id} is a ${context.cell.cellType} cell. Change its type to code, or run it with another runtime.`
  context.error('UnsupportedCellType', error, [])
  return { success: false, error }
}
