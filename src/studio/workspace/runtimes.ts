import type { RuntimeTypeConfig } from '../../browser.js'
import { createExternalExecutionHandler, createHtmlExecutionHandler } from '../../browser.js'
import { toFrameQuery } from '../../handlers/python/network-access.js'
import { createPythonWebExecutionHandler } from '../../handlers/python/web-handler.js'
import { readNetwork } from './network-choice.js'

/** The runtimes that a notebook of the studio can have. */
export type NotebookRuntime = 'python' | 'html'

const code = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }

/** Runs Python in a worker of a frame of this page. */
const python: RuntimeTypeConfig = {
  type: 'python',
  displayName: 'Python',
  description: 'Python in this browser: the standard library, files of its own, the network that is allowed',
  icon: 'python',
  capabilities: code,
  priority: 100,
  isAvailable: true,
  executionHandler: createPythonWebExecutionHandler({
    frameUrl: (notebookId) => {
      const query = toFrameQuery(readNetwork(localStorage, notebookId))
      return new URL(`./frames/python.html${query}`, document.baseURI).href
    },
  }),
}

/** Shows cells as HTML. */
const html: RuntimeTypeConfig = {
  type: 'html',
  displayName: 'HTML',
  description: 'Shows what a cell contains as a page',
  icon: 'html',
  capabilities: code,
  priority: 90,
  isAvailable: true,
  executionHandler: createHtmlExecutionHandler(),
}

/** Follows the runtime that another tab has for the notebook. */
const external: RuntimeTypeConfig = {
  type: 'external',
  displayName: 'In another tab',
  description: 'The runtime lives in another tab of this browser',
  icon: 'tab',
  capabilities: { canExecuteCode: true, canExecuteSql: true, canExecuteAi: true },
  priority: 0,
  isAvailable: true,
  executionHandler: createExternalExecutionHandler(),
}

/** What the studio's registry knows. */
export const runtimeTypes: readonly RuntimeTypeConfig[] = [python, html, external]

/** The runtime of a notebook by what its file or its store calls it. */
export const toNotebookRuntime = (name: string | undefined): NotebookRuntime =>
  name === 'html' ? 'html' : 'python'
