/**
 * Runs Python cells in Pyodide, offline, in a worker thread of its own per session. It behaves like IPython: rich
 * results, `display`, magics, tracebacks, top-level await. It is no sandbox: cells can reach Node through `import js`.
 */
import { homedir } from 'node:os'
import type { ResourceLimits } from 'node:worker_threads'
import { defineExecutionHandler, type DefinedExecutionHandler } from '../../execution/handler.js'
import type { KernelLink } from './_link.js'
import { openNodeLink, type NodeLinkOptions } from './_node-link.js'
import { createPythonSession } from './_session.js'
import { DEFAULT_STREAM_BYTES } from './protocol.js'

/** How Python sessions are made. */
export interface PythonHandlerOptions {
  /** Package name or absolute file of Pyodide. Default: `pyodide`. */
  pyodideModule?: string
  /** Bytes of text that one stream of one cell may show. Default: what the agent's `outputLimits` say, else 1,000,000. */
  streamBytes?: number
  /**
   * Folder of this machine in which cells work; they reach all of its files. Default: none, cells have a disk of their own in
   * memory, which ends with the session.
   */
  workingDirectory?: string
  /** Environment variables that cells see in `os.environ`. Default: those of this process; `{}` keeps all but HOME out. */
  env?: Record<string, string | undefined>
  /** Memory limits of the worker thread's JavaScript heap; Python's own memory can grow to 4 GB. Default: Node's. */
  resourceLimits?: ResourceLimits
  /** Milliseconds that loading may take; on a busy machine it takes 3 to 6 s. Default: 60,000. */
  startTimeoutMs?: number
  /**
   * Whether the worker of the first session loads Python at once, beside what the program does until that starts; it then goes by the
   * `streamBytes` of these options. Until a session takes it, it does not keep the process alive. Default: false.
   */
  preload?: boolean
}

/**
 * Makes the python handler. Nothing is loaded before an instance starts. The optional package `pyodide` must be
 * installed; otherwise `start` rejects with a message that says how.
 */
export function createPythonExecutionHandler(options: PythonHandlerOptions = {}): DefinedExecutionHandler {
  const link = {
    pyodideModule: options.pyodideModule ?? 'pyodide',
    env: environmentFor(options.env ?? process.env, options.workingDirectory),
    ...(options.workingDirectory === undefined ? {} : { workingDirectory: options.workingDirectory }),
    ...(options.resourceLimits ? { resourceLimits: options.resourceLimits } : {}),
  }
  let preloaded = options.preload ? preload({ ...link, streamBytes: options.streamBytes }) : undefined
  const take = (): KernelLink | undefined => {
    const taken = preloaded
    preloaded = undefined
    taken?.keepAlive(true)
    return taken
  }
  return defineExecutionHandler({
    name: 'python',
    capabilities: { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false },
    startTimeoutMs: options.startTimeoutMs ?? 60_000,
    create: (start) => {
      const streamBytes = options.streamBytes ?? start.streamBytes ?? DEFAULT_STREAM_BYTES
      return createPythonSession(() => take() ?? openNodeLink({ ...link, streamBytes }), start)
    },
  })
}

/** What cannot be loaded is told by the start of a session, which tries it again. */
function preload(options: PreloadOptions): KernelLink | undefined {
  try {
    const link = openNodeLink({ ...options, streamBytes: options.streamBytes ?? DEFAULT_STREAM_BYTES })
    link.keepAlive(false)
    return link
  } catch {
    return undefined
  }
}

type PreloadOptions = Omit<NodeLinkOptions, 'streamBytes'> & { readonly streamBytes: number | undefined }

/** The variables that can be passed on. Without a folder of this machine Python has a home of its own. */
function environmentFor(variables: NodeJS.ProcessEnv, workingDirectory?: string): Record<string, string> {
  const home = workingDirectory === undefined ? undefined : (variables['HOME'] ?? homedir())
  const entries = Object.entries({ ...variables, HOME: home })
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => isVariable(entry)))
}

/** Windows has variables whose names begin with `=`. */
const isVariable = ([name, value]: [string, string | undefined]) =>
  value !== undefined && /^[^=]+$/.test(name)

export default createPythonExecutionHandler()
