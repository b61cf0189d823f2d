/** Sends the cells of a notebook to different handlers by the magic in their first line. */
import type { ExecutionContext } from '@runtimed/agent-core'
import {
  defineExecutionHandler,
  type DefinedExecutionHandler,
  type HandlerDefinition,
  type HandlerInstance,
  type HandlerStartOptions,
} from './handler.js'

const HTML_CELL = /^\s*%%html\b/i

/** The handlers that take cells away from the base handler. */
export interface CellMagicRoutes {
  /** Takes code cells that begin with `%%html`. */
  html: DefinedExecutionHandler
}

/**
 * A handler with the base handler's name and capabilities that gives `%%html` cells to the html handler. Such cells run
 * also while the base handler has not been started; interrupts reach whichever is running. Crashes of either are
 * reported as the agent's.
 */
export function routeCellMagics(
  base: DefinedExecutionHandler,
  routes: CellMagicRoutes,
): DefinedExecutionHandler {
  const definition: HandlerDefinition = base.definition
  return defineExecutionHandler({
    ...definition,
    create: (options) => createRoutedInstance(definition, routes.html.definition, options),
  })
}

function createRoutedInstance(
  base: HandlerDefinition,
  html: HandlerDefinition,
  options: HandlerStartOptions,
): HandlerInstance {
  const main = base.create(options)
  let side: HandlerInstance | undefined
  let running = main
  const sideInstance = async (): Promise<HandlerInstance> => {
    if (side) return side
    side = html.create(options)
    await side.start?.()
    return side
  }
  return {
    start: async () => main.start?.(),
    probe: async () => main.probe?.(),
    execute: async (context) => {
      running = isHtmlCell(context) ? await sideInstance() : main
      return running.execute(context)
    },
    interrupt: () => running.interrupt?.(),
    dispose: async (force) => {
      await Promise.all([main.dispose(force), side?.dispose(force)])
    },
  }
}

function isHtmlCell(context: ExecutionContext): boolean {
  return context.cell.cellType === 'code' && HTML_CELL.test(context.cell.source)
}
