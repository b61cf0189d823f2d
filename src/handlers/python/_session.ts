/** One Python session: a kernel in a worker, one cell at a time, variables kept between cells. */
import type { ExecutionContext, ExecutionResult } from '@runtimed/agent-core'
import { settleOnAbort, type HandlerInstance, type HandlerStartOptions } from '../../execution/handler.js'
import type { KernelLink, WorkerEnd } from './_link.js'
import { createCellRun, type CellRun } from './_cell-run.js'
import type { KernelMessage, SentOutput } from './protocol.js'

/** Milliseconds that a cancelled cell may go on before its worker is ended. */
const ABORT_GRACE_MS = 5_000

/** Milliseconds between looks at a cell that runs; a worker that is busy answers late, and is left alone. */
const BEAT_MS = 1_000

const CANCELLED: ExecutionResult = { success: false, error: 'Execution cancelled' }

/** Makes the session; `openLink` is called by its start. */
export function createPythonSession(
  openLink: () => KernelLink,
  options: Pick<HandlerStartOptions, 'onCrash'>,
): HandlerInstance {
  const session = new PythonSession(openLink, options)
  return {
    start: () => session.start(),
    probe: () => session.probe(),
    language: () => session.language,
    execute: (context) => session.execute(context),
    interrupt: () => session.interrupt(),
    dispose: () => session.dispose(),
  }
}

class PythonSession {
  language: Record<string, unknown> | undefined
  readonly #openLink: () => KernelLink
  readonly #onCrash: HandlerStartOptions['onCrash']
  #link: KernelLink | undefined
  #starting: Promise<void> | undefined
  #answer: PromiseWithResolve | undefined
  #run: CellRun | undefined
  #next: { interrupted: boolean } | undefined
  #ended: WorkerEnd | undefined
  #answered: () => void = () => undefined
  #lastId = 0
  #interrupts = 0

  constructor(openLink: () => KernelLink, options: Pick<HandlerStartOptions, 'onCrash'>) {
    this.#openLink = openLink
    this.#onCrash = options.onCrash
  }

  start(): Promise<void> {
    this.#starting ??= this.#load()
    return this.#starting
  }

  async probe(): Promise<void> {
    await this.start()
    const answer = this.#expectAnswer()
    this.#requireLink().post({ type: 'probe' })
    return answer
  }

  async execute(context: ExecutionContext): Promise<ExecutionResult> {
    if (context.cell.cellType !== 'code') return refuse(context)
    if (context.abortSignal.aborted) return CANCELLED
    const next = { interrupted: false }
    this.#next = next
    await this.#ready(context.abortSignal)
    if (this.#next === next) this.#next = undefined
    if (context.abortSignal.aborted) return CANCELLED
    const run = this.#begin(context)
    if (next.interrupted) this.interrupt()
    return run.result
  }

  interrupt(): void {
    const link = this.#link
    if (this.#next) this.#next.interrupted = true
    if (this.#next || !this.#run || !link) return
    this.#signal(link, this.#run)
  }

  /** Resolves when the kernel is loaded and has finished the cell before, or when the signal aborts. */
  async #ready(signal: AbortSignal): Promise<void> {
    const idle = this.start().then(() => this.#run?.ended)
    await settleOnAbort(signal, () => idle).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }

  #begin(context: ExecutionContext): CellRun {
    const link = this.#requireLink()
    const run = createCellRun(++this.#lastId, context)
    this.#run = run
    link.keepAlive(true)
    this.#obeyAbort(run, context.abortSignal)
    this.#watch(run, link)
    link.post({ type: 'execute', id: run.id, source: context.cell.source, count: executionCount(context) })
    return run
  }

  #signal(link: KernelLink, run: CellRun): void {
    this.#interrupts += 1
    link.interrupt(this.#interrupts, run.id)
  }

  async dispose(): Promise<void> {
    this.#end({ code: 'disposed', message: 'The Python session was disposed.' })
    await this.#link?.terminate()
  }

  async #load(): Promise<void> {
    if (this.#ended) throw new Error(this.#ended.message)
    const answer = this.#expectAnswer()
    answer.catch(() => {})
    const link = this.#openLink()
    this.#link = link
    link.onMessage((message) => this.#receive(message))
    link.onEnd((end) => this.#crash(end))
    try {
      await answer
    } catch (error) {
      this.#ended ??= { code: 'startFailed', message: error instanceof Error ? error.message : String(error) }
      await link.terminate()
      throw error
    }
    if (!this.#run) link.keepAlive(false)
  }

  #receive(message: KernelMessage): void {
    if (this.#ended) return
    if (message.type === 'ready') return this.#receiveReady(message.language)
    if (message.type === 'failed') return this.#answer?.reject(new Error(loadFailure(message.message)))
    if (message.type === 'beat') return this.#receiveBeat(message)
    if (message.type === 'died') return this.#die(message.message)
    if (message.type === 'probed') return this.#receiveProbe(message.message)
    if (message.type !== 'finished') return this.#show(message)
    if (message.id !== this.#run?.id) return
    const run = this.#run
    this.#run = undefined
    this.#link?.keepAlive(false)
    run.finish(message.outcome)
  }

  /** The kernel waits when too much of what it sent is not recorded yet. */
  #show(output: SentOutput): void {
    void (this.#run?.show(output) ?? Promise.resolve()).then(() => this.#link?.recorded(output.sent))
  }

  #receiveReady(language: Record<string, unknown>): void {
    this.language = language
    this.#answer?.resolve()
  }

  #receiveProbe(problem: string | undefined): void {
    if (problem === undefined) this.#answer?.resolve()
    else this.#answer?.reject(new Error(`Python does not work: ${problem}`))
  }

  /** Asks the kernel for the cell, again and again; it tells when it has lost it. */
  #watch(run: CellRun, link: KernelLink): void {
    let asked = false
    this.#answered = () => (asked = false)
    const timer = setInterval(() => {
      if (!asked) link.post({ type: 'beat', id: run.id })
      asked = true
    }, BEAT_MS)
    void run.ended.then(() => clearInterval(timer))
  }

  /** A worker that is free although its cell has not ended has lost the cell. */
  #receiveBeat({ id, isRunning }: KernelMessage & { type: 'beat' }): void {
    this.#answered()
    if (isRunning || id !== this.#run?.id) return
    this.#die('Python stopped in the middle of a cell. Its variables are lost.')
  }

  #die(message: string): void {
    this.#crash({ code: 'workerCrashed', message })
    void this.#link?.terminate()
  }

  #obeyAbort(run: CellRun, signal: AbortSignal): void {
    const abort = (): void => {
      if (run !== this.#run) return
      run.cancel(CANCELLED)
      if (this.#link) this.#signal(this.#link, run)
      this.#endUnlessFinished(run)
    }
    signal.addEventListener('abort', abort, { once: true })
    void run.ended.then(() => signal.removeEventListener('abort', abort))
  }

  #endUnlessFinished(run: CellRun): void {
    const message = `The Python worker was ended: a cancelled cell went on for ${ABORT_GRACE_MS / 1000} s. Its variables are lost.`
    const details = { reason: 'interruptIgnored' }
    const timer = setTimeout(() => {
      this.#crash({ code: 'workerCrashed', message }, details)
      void this.#link?.terminate()
    }, ABORT_GRACE_MS)
    void run.ended.then(() => clearTimeout(timer))
  }

  #crash(end: WorkerEnd, details?: Record<string, unknown>): void {
    if (this.#ended) return
    const started = this.#answer === undefined
    this.#end(end)
    if (started) this.#onCrash({ ...end, ...(details ? { details } : {}) })
  }

  #end(end: WorkerEnd): void {
    if (this.#ended) return
    this.#ended = end
    const error = new Error(end.message)
    this.#answer?.reject(error)
    this.#run?.fail(error)
    this.#run = undefined
  }

  #requireLink(): KernelLink {
    if (this.#ended) throw new Error(`${this.#ended.message} Start a new session to run cells.`)
    if (!this.#link) throw new Error('The Python session has not been started; call start() first.')
    return this.#link
  }

  #expectAnswer(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const settled = (): void => {
        this.#answer = undefined
      }
      this.#answer = {
        resolve: () => (settled(), resolve()),
        reject: (error) => (settled(), reject(error)),
      }
    })
  }
}

interface PromiseWithResolve {
  resolve(): void
  reject(error: Error): void
}

function executionCount(context: ExecutionContext): number {
  return context.queueEntry.executionCount
}

function refuse(context: ExecutionContext): ExecutionResult {
  const error = `The python handler runs code cells only; cell ${context.cell.id} is a ${context.cell.cellType} cell. Change its type to code, or run it with another runtime.`
  context.error('UnsupportedCellType', error, [])
  return { success: false, error }
}

function loadFailure(message: string): string {
  return `Python could not be loaded: ${message}. Check the installation with: npm ls pyodide`
}
