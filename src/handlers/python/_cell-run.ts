/** One running cell on the host's side: outputs into its context, and the promise of its result. */
import type { ExecutionContext, ExecutionResult } from '@runtimed/agent-core'
import { createStreamOrder } from './_stream-order.js'
import type { CellOutcome, KernelOutput, StreamName } from './protocol.js'

/** A cell that the kernel is running. */
export interface CellRun {
  readonly id: number
  /** Settles once: with the result of the cell, with what `cancel` gave, or with the error of `fail`. */
  readonly result: Promise<ExecutionResult>
  /** Resolves when the kernel has finished with the cell or is gone; later than `result` after a cancel. */
  readonly ended: Promise<void>
  /** Resolves when the output is recorded, or is not wanted any more. */
  show(output: KernelOutput): Promise<void>
  finish(outcome: CellOutcome): void
  /** Settles the result now; nothing more is written to the context. */
  cancel(result: ExecutionResult): void
  fail(error: Error): void
}

/** Makes the run of one cell. */
export function createCellRun(id: number, context: ExecutionContext): CellRun {
  const streams = createStreamOrder(context)
  const result = deferred<ExecutionResult>()
  const ended = deferred<void>()
  const updates = new Map<string, DisplayUpdate>()
  let updating: ReturnType<typeof setTimeout> | undefined
  let written: Promise<unknown> = Promise.resolve()
  let muted = false

  const mute = (): void => {
    muted = true
    clearTimeout(updating)
    streams.discard()
  }
  const flushAll = (): void => {
    streams.flush()
    clearTimeout(updating)
    updating = undefined
    const latest = [...updates.values()]
    updates.clear()
    for (const update of latest) void writeRich(update)
  }
  const show = async (output: KernelOutput): Promise<void> => {
    if (muted) return
    if (output.type === 'text') streams.write(output.stream, output.text)
    else if (output.type === 'flush') flush(output.stream)
    else if (output.type === 'updateDisplay') hold(output)
    else await showRich(output)
    await context.drained?.()
  }
  const flush = (stream: StreamName): void => {
    if (stream === 'stderr') streams.flush()
  }
  /** Of updates of one display that follow each other fast only the latest is written. */
  const hold = (update: DisplayUpdate): void => {
    updates.set(update.displayId ?? '', update)
    updating ??= setTimeout(flushAll, UPDATE_MS)
  }
  const showRich = (output: RichOutput): Promise<void> | undefined => {
    flushAll()
    return writeRich(output)
  }
  const writeRich = (output: RichOutput): Promise<void> | undefined => {
    const writing = write(context, output)
    if (writing) written = Promise.all([written, writing])
    written.catch(() => {})
    return writing?.catch(() => {})
  }
  const finish = (outcome: CellOutcome): void => {
    if (!muted) flushAll()
    ended.resolve()
    written.then(() => result.resolve(toResult(outcome)), result.reject)
  }
  const cancel = (cancelled: ExecutionResult): void => {
    mute()
    result.resolve(cancelled)
  }
  const fail = (error: Error): void => {
    if (!muted) flushAll()
    mute()
    result.reject(error)
    ended.resolve()
  }
  return { id, result: result.promise, ended: ended.promise, show, finish, cancel, fail }
}

/** Milliseconds that an update of a display waits for a later one. */
const UPDATE_MS = 50

type DisplayUpdate = Extract<KernelOutput, { type: 'updateDisplay' }>
type RichOutput = Exclude<KernelOutput, { type: 'text' | 'flush' }>

function write(context: ExecutionContext, output: RichOutput): Promise<void> | undefined {
  switch (output.type) {
    case 'display':
      return context.display(output.data, output.metadata, output.displayId ?? undefined)
    case 'updateDisplay':
      return context.updateDisplay(output.displayId ?? '', output.data, output.metadata)
    case 'result':
      return context.result(output.data, output.metadata)
    case 'error':
      context.error(output.name, output.value, output.traceback)
      return undefined
    case 'clear':
      context.clear(output.wait)
      return undefined
  }
}

function toResult(outcome: CellOutcome): ExecutionResult {
  if (outcome.status === 'ok') return { success: true }
  const { name, value } = outcome
  const error = value ? `${name}: ${value}` : name
  return { success: false, error, metadata: { ename: name, evalue: value, errorShown: true } }
}

interface Deferred<Value> {
  promise: Promise<Value>
  resolve(value: Value): void
  reject(error: unknown): void
}

function deferred<Value>(): Deferred<Value> {
  let resolve!: (value: Value) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<Value>((accept, refuse) => {
    resolve = accept
    reject = refuse
  })
  return { promise, resolve, reject }
}
