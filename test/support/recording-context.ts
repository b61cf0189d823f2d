/** An `ExecutionContext` that keeps the outputs as a notebook would record them. */
import type { ExecutionContext } from '@runtimed/agent-core'

/** An output in the shape of a notebook file. */
export type RecordedOutput =
  | { output_type: 'stream'; name: 'stdout' | 'stderr'; text: string }
  | { output_type: 'display_data'; data: Record<string, unknown>; metadata: Record<string, unknown> }
  | {
      output_type: 'execute_result'
      data: Record<string, unknown>
      metadata: Record<string, unknown>
      execution_count: number
    }
  | { output_type: 'error'; ename: string; evalue: string; traceback: string[] }

/** What to run. */
export interface RecordingOptions {
  cellType?: string
  /** Default: 1. */
  count?: number
  sessionId?: string
  /** What the context's `drained` is; default: it has none. */
  drained?: () => Promise<void>
}

/** A context, what was written to it, and the switch that cancels it. */
export interface Recording {
  context: ExecutionContext
  /** Outputs in order; consecutive text of one stream is one output. */
  outputs: RecordedOutput[]
  /** Number of calls of output methods so far. */
  calls(): number
  /** All text of one stream. */
  text(name: 'stdout' | 'stderr'): string
  abort(): void
}

/** Makes a context for a cell with this source. */
export function recordingContext(source: string, options: RecordingOptions = {}): Recording {
  const abort = new AbortController()
  const recorder = createRecorder(options.count ?? 1)
  const context = {
    cell: { id: 'cell-1', cellType: options.cellType ?? 'code', source },
    queueEntry: { id: 'queue-1', executionCount: options.count ?? 1 },
    store: { storeId: 'notebook-1' },
    sessionId: options.sessionId ?? 'session-1',
    runtimeId: 'runtime-1',
    abortSignal: abort.signal,
    checkCancellation: () => abort.signal.throwIfAborted(),
    ...(options.drained && { drained: options.drained }),
    ...recorder.methods,
  } as unknown as ExecutionContext
  const text = (name: 'stdout' | 'stderr'): string =>
    recorder.outputs.map((output) => ('name' in output && output.name === name ? output.text : '')).join('')
  return { context, outputs: recorder.outputs, calls: recorder.calls, text, abort: () => abort.abort() }
}

type Bundle = Record<string, unknown>

function createRecorder(count: number) {
  const outputs: RecordedOutput[] = []
  const shown = new Map<string, { data: Bundle; metadata: Bundle }[]>()
  let calls = 0
  let clearNext = false
  const add = (output: RecordedOutput): void => {
    calls += 1
    if (clearNext) outputs.length = 0
    clearNext = false
    const last = outputs.at(-1)
    if (output.output_type !== 'stream') outputs.push(output)
    else if (last?.output_type === 'stream' && last.name === output.name) last.text += output.text
    else outputs.push(output)
  }
  const methods = {
    stdout: (text: string) => add({ output_type: 'stream', name: 'stdout', text }),
    stderr: (text: string) => add({ output_type: 'stream', name: 'stderr', text }),
    display: async (data: Bundle, metadata: Bundle = {}, displayId?: string) => {
      const output = { output_type: 'display_data' as const, data, metadata }
      add(output)
      if (displayId) shown.set(displayId, [...(shown.get(displayId) ?? []), output])
    },
    updateDisplay: async (displayId: string, data: Bundle, metadata: Bundle = {}) => {
      calls += 1
      for (const output of shown.get(displayId) ?? []) Object.assign(output, { data, metadata })
    },
    result: async (data: Bundle, metadata: Bundle = {}) =>
      add({ output_type: 'execute_result', data, metadata, execution_count: count }),
    error: (ename: string, evalue: string, traceback: string[]) =>
      add({ output_type: 'error', ename, evalue, traceback }),
    clear: (wait = false) => {
      calls += 1
      clearNext = wait
      if (!wait) outputs.length = 0
    },
  }
  return { outputs, methods, calls: () => calls }
}
