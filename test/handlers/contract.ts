/** The cases that every handler folder must pass. */
import type { Worker } from 'node:worker_threads'
import { afterAll, describe, expect, it } from 'vitest'
import type { DefinedExecutionHandler, HandlerInstance } from '../../src/execution/handler.js'
import type { HandlerExamples } from '../../src/execution/handler-examples.js'
import { recordingContext, type Recording } from '../support/recording-context.js'

/** `threadId` of a worker that is gone. */
const ENDED = -1

/** Adds the suite of one handler. */
export function describeHandlerContract(
  name: string,
  handler: DefinedExecutionHandler,
  examples: HandlerExamples,
): void {
  describe(`${name} handler`, () => {
    const living: HandlerInstance[] = []
    const crashes: unknown[] = []
    const create = async (): Promise<HandlerInstance> => {
      const instance = handler.definition.create({
        notebookId: 'notebook-1',
        sessionId: `session-${living.length}`,
        onCrash: (failure) => crashes.push(failure),
      })
      living.push(instance)
      await instance.start?.()
      return instance
    }
    let shared: Promise<HandlerInstance> | undefined
    const instance = (): Promise<HandlerInstance> => (shared ??= create())
    afterAll(async () => {
      await Promise.all(living.map((one) => one.dispose(true)))
    })

    describeDefinition(name, handler)
    describeExamples(examples, instance)
    describeLife(examples, instance, create, crashes)
    if (examples.badSource !== undefined) describeBadSource(examples.badSource, instance)
    if (examples.endless) describeStopping(examples, examples.endless, instance)
    if (examples.state) describeState(examples.state, instance, create)
  })
}

type Instances = () => Promise<HandlerInstance>

function describeDefinition(name: string, handler: DefinedExecutionHandler): void {
  it('is named after its folder and says what it can execute', () => {
    expect(handler.definition.name).toBe(name)
    expect(Object.values(handler.definition.capabilities)).toContain(true)
  })

  it('runs as a plain function for agents that know nothing else, and ends what that created', async () => {
    const recording = recordingContext('', { sessionId: 'plain' })
    await expect(handler(recording.context)).resolves.toMatchObject({ success: true })
    await handler.dispose()
    await handler.dispose()
  })
}

function describeExamples(examples: HandlerExamples, instance: Instances): void {
  it.each(examples.examples.map((example) => [example.title, example] as const))('%s', async (_, example) => {
    const recording = recordingContext(example.source, { cellType: example.cellType ?? 'code' })
    const result = await (await instance()).execute(recording.context)
    expect(result.success).toBe(example.success)
    for (const text of example.shows) expect(JSON.stringify(recording.outputs)).toContain(text)
    if (!example.success) expect(result.error).toBeTruthy()
  })
}

function describeLife(
  examples: HandlerExamples,
  instance: Instances,
  create: Instances,
  crashes: unknown[],
): void {
  const first = examples.examples[0]

  it('proves with its probe that it works, without output', async () => {
    const one = await instance()
    await expect(Promise.resolve(one.probe?.())).resolves.toBeUndefined()
  })

  it('does nothing with a cell that was cancelled before it began', async () => {
    const recording = recordingContext(first?.source ?? '')
    recording.abort()
    await expect((await instance()).execute(recording.context)).resolves.toMatchObject({ success: false })
    expect(recording.calls()).toBe(0)
  })

  it('ignores an interrupt while nothing runs', async () => {
    const one = await instance()
    one.interrupt?.()
    const recording = recordingContext(first?.source ?? '')
    await expect(one.execute(recording.context)).resolves.toMatchObject({ success: true })
  })

  it('can be disposed twice, before and after its start', async () => {
    const one = await create()
    await one.dispose()
    await one.dispose(true)
  })

  it('leaves no worker behind after many starts and disposals', async () => {
    const made: Worker[] = []
    const note = (worker: Worker): number => made.push(worker)
    process.on('worker', note)
    for (let round = 0; round < 2; round += 1) await (await create()).dispose()
    process.off('worker', note)
    expect(made.map((worker) => worker.threadId)).toEqual(made.map(() => ENDED))
    expect(crashes).toEqual([])
  })
}

function describeBadSource(source: string, instance: Instances): void {
  it('reports a source that cannot be executed as a result with an error output', async () => {
    const recording = recordingContext(source)
    const result = await (await instance()).execute(recording.context)
    expect(result.success).toBe(false)
    expect(recording.outputs.at(-1)).toMatchObject({ output_type: 'error' })
  })
}

function describeStopping(
  examples: HandlerExamples,
  endless: { source: string; shows: string },
  instance: Instances,
): void {
  const check = async (one: HandlerInstance): Promise<void> => {
    const example = examples.examples[0]
    const recording = recordingContext(example?.source ?? '')
    await expect(one.execute(recording.context)).resolves.toMatchObject({ success: true })
  }

  it('streams output before the cell completes, and settles soon after an interrupt', async () => {
    const one = await instance()
    const recording = recordingContext(endless.source)
    const running = one.execute(recording.context)
    await expect.poll(() => JSON.stringify(recording.outputs)).toContain(endless.shows)
    one.interrupt?.()
    await expect(running).resolves.toMatchObject({ success: false })
    await check(one)
  })

  it('settles promptly when its signal aborts, and writes nothing more', async () => {
    const one = await instance()
    const recording = recordingContext(endless.source)
    const running = one.execute(recording.context)
    await expect.poll(() => JSON.stringify(recording.outputs)).toContain(endless.shows)
    const calls = stop(recording)
    await expect(running).resolves.toMatchObject({ success: false })
    await check(one)
    expect(recording.calls()).toBe(calls)
  })

  it('takes an interrupt that comes right after execute, and keeps it from the next cell', async () => {
    const one = await instance()
    const running = one.execute(recordingContext(endless.source).context)
    one.interrupt?.()
    one.interrupt?.()
    await expect(running).resolves.toMatchObject({ success: false })
    one.interrupt?.()
    await check(one)
  })

  it('rejects the running execution when it is disposed', async () => {
    const one = await instance()
    const recording = recordingContext(endless.source)
    const running = one.execute(recording.context)
    await expect.poll(() => JSON.stringify(recording.outputs)).toContain(endless.shows)
    const rejected = expect(running).rejects.toThrow('disposed')
    await one.dispose(true)
    await rejected
    await expect(one.execute(recording.context)).rejects.toThrow('disposed')
  })
}

function describeState(
  state: { set: string; get: string; value: string },
  instance: Instances,
  create: Instances,
): void {
  it('keeps values between cells, and shares none with another instance', async () => {
    const [one, two] = [await create(), await create()]
    await one.execute(recordingContext(state.set).context)
    const own = recordingContext(state.get)
    const foreign = recordingContext(state.get)
    await one.execute(own.context)
    await two.execute(foreign.context)
    expect(JSON.stringify(own.outputs)).toContain(state.value)
    expect(JSON.stringify(foreign.outputs)).not.toContain(state.value)
    await Promise.all([one.dispose(), two.dispose()])
  })
}

function stop(recording: Recording): number {
  recording.abort()
  return recording.calls()
}
