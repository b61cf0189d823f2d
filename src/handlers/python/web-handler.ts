/**
 * Runs Python cells in Pyodide in a page: the same kernel as under Node, in a web worker of its own per session. The worker lives in a
 * frame without an origin: what the page keeps is out of its reach, and the policy that the frame is served with says what else is.
 */
import { defineExecutionHandler, type DefinedExecutionHandler } from '../../execution/handler.js'
import { createPythonSession } from './_session.js'
import { openWebLink } from './_web-link.js'
import { DEFAULT_STREAM_BYTES } from './protocol.js'

/** How Python sessions of a page are made. */
export interface PythonWebHandlerOptions {
  /** Address of the page for the frame of a notebook, which calls `serveKernelFrame`; asked for at every start. */
  frameUrl(notebookId: string): string
  /** Bytes of text that one stream of one cell may show. Default: what the agent's `outputLimits` say, else 1,000,000. */
  streamBytes?: number
  /** Milliseconds that loading may take. Default: 60,000. */
  startTimeoutMs?: number
}

/** Makes the python handler of a page. Nothing is loaded before an instance starts. */
export function createPythonWebExecutionHandler(options: PythonWebHandlerOptions): DefinedExecutionHandler {
  const { frameUrl, startTimeoutMs = 60_000 } = options
  return defineExecutionHandler({
    name: 'python',
    capabilities: { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false },
    startTimeoutMs,
    create: (start) => {
      const streamBytes = options.streamBytes ?? start.streamBytes ?? DEFAULT_STREAM_BYTES
      return createPythonSession(
        () => openWebLink({ frameUrl: frameUrl(start.notebookId), streamBytes }),
        start,
      )
    },
  })
}
