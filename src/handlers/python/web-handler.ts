/**
 * Runs Python cells in Pyodide in a page: the same kernel as under Node, in a web worker of its own per session. It is no sandbox:
 * cells can reach what a worker of the page can reach.
 */
import { defineExecutionHandler, type DefinedExecutionHandler } from '../../execution/handler.js'
import { createPythonSession } from './_session.js'
import { openWebLink } from './_web-link.js'
import { DEFAULT_STREAM_BYTES } from './protocol.js'

/** How Python sessions of a page are made. */
export interface PythonWebHandlerOptions {
  /** Makes the module worker whose entry is `web-worker.js` beside this file. */
  createWorker(): Worker
  /** Where Pyodide's files are served: `pyodide.asm.mjs`, `pyodide.asm.wasm`, `python_stdlib.zip`, `pyodide-lock.json`. */
  pyodideUrl: string
  /** Where the Python files beside this one are served. */
  kernelUrl: string
  /** Bytes of text that one stream of one cell may show. Default: 1,000,000. */
  streamBytes?: number
  /** Milliseconds that loading may take. Default: 60,000. */
  startTimeoutMs?: number
}

/** Makes the python handler of a page. Nothing is loaded before an instance starts. */
export function createPythonWebExecutionHandler(options: PythonWebHandlerOptions): DefinedExecutionHandler {
  const { streamBytes = DEFAULT_STREAM_BYTES, startTimeoutMs = 60_000, ...link } = options
  return defineExecutionHandler({
    name: 'python',
    capabilities: { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false },
    startTimeoutMs,
    create: (start) => createPythonSession(() => openWebLink({ ...link, streamBytes }), start),
  })
}
