/** A Python session for tests: cells in, recorded outputs out. */
import type { ExecutionResult } from '@runtimed/agent-core'
import type { DefinedExecutionHandler, HandlerCrash, HandlerInstance } from '../../src/execution/handler.js'
import { createPythonExecutionHandler, type PythonHandlerOptions } from '../../src/handlers/python/handler.js'
import { recordingContext, type Recording, type RecordingOptions } from '../support/recording-context.js'

/** A cell that was begun. */
export interface RunningCell extends Recording {
  result: Promise<ExecutionResult>
}

/** A started session. */
export interface TestSession {
  instance: HandlerInstance
  crashes: HandlerCrash[]
  /** Begins a cell; counts go up by one per cell. */
  begin(source: string, options?: RecordingOptions): RunningCell
  /** Runs a cell to its end. */
  run(source: string): Promise<Recording & { outcome: ExecutionResult }>
}

/** Starts a session of a handler, or of a new one with these options. The caller disposes `instance`. */
export async function startPythonSession(
  of: PythonHandlerOptions | DefinedExecutionHandler = {},
): Promise<TestSession> {
  const crashes: HandlerCrash[] = []
  const handler = 'definition' in of ? of : createPythonExecutionHandler(of)
  const instance = handler.definition.create({
    notebookId: 'notebook-1',
    sessionId: 'session-1',
    onCrash: (failure) => crashes.push(failure),
  })
  await instance.start?.()
  let count = 0
  const begin = (source: string, more: RecordingOptions = {}): RunningCell => {
    const recording = recordingContext(source, { count: ++count, ...more })
    return { ...recording, result: instance.execute(recording.context) }
  }
  const run = async (source: string): Promise<Recording & { outcome: ExecutionResult }> => {
    const cell = begin(source)
    return { ...cell, outcome: await cell.result }
  }
  return { instance, crashes, begin, run }
}
