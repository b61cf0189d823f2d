import {
  createExecutionRun,
  type ExecutionContextOptions,
  type ExecutionRun,
  type OutputEvent,
} from '@runtimed/agent-core'
import { applyDeltas, tables, type Store } from '@runtimed/schema'
import { describe, expect, it, vi } from 'vitest'
import { addCell, createGate, noArtifacts, openStore, outputsOf, queueRow, request } from './support.js'
import { createSimulatedClock, type SimulatedClock } from './simulated-clock.js'

interface World {
  store: Store
  run: ExecutionRun
  clock: SimulatedClock
  emitted: OutputEvent[]
  names(): string[]
  controller: AbortController
}

async function createWorld(options: Partial<ExecutionContextOptions> = {}): Promise<World> {
  const store = await openStore()
  addCell(store, 'c1')
  request(store, 'q1', 'c1', 3)
  const clock = createSimulatedClock()
  const emitted: OutputEvent[] = []
  const controller = new AbortController()
  const run = createExecutionRun({
    cell: store.query(tables.cells.where({ id: 'c1' }).first())!,
    queueEntry: queueRow(store, 'q1'),
    store,
    sessionId: 's1',
    runtimeId: 'r1',
    signal: controller.signal,
    sink: (events) => {
      emitted.push(...events)
      store.commit(...events)
    },
    artifacts: { client: noArtifacts, thresholdBytes: 6144, notebookId: 'n1', authToken: 'token' },
    clock,
    ...options,
  })
  return { store, run, clock, emitted, names: () => emitted.map((event) => event.name), controller }
}

function textOf(store: Store, streamName = 'stdout'): string[] {
  return outputsOf(store, 'c1')
    .filter((output) => output.streamName === streamName)
    .map((output) => {
      const deltas = store.query(
        tables.outputDeltas.where({ outputId: output.id }).orderBy('sequenceNumber', 'asc'),
      )
      return applyDeltas(output.data ?? '', deltas)
    })
}

it('is drained when what was written so far is recorded, or lost', async () => {
  const gates = [createGate(), createGate()]
  let settled = 0
  const { run } = await createWorld({ sink: () => gates[settled]?.opened })
  await run.context.drained?.()
  run.context.error('E', 'first', [])
  const first = run.context.drained?.().then(() => (settled += 1))
  await Promise.resolve()
  expect(settled).toBe(0)
  gates[0]?.open()
  await first
  expect(settled).toBe(1)
})

describe('text', () => {
  it('D47 many writes of one stream become one output, and later ones are appended to it', async () => {
    const { run, clock, emitted, store } = await createWorld()
    for (const word of ['a', 'b', 'c']) run.context.stdout(word)
    expect(emitted).toEqual([])
    clock.advance(50)
    run.context.stdout('d')
    clock.advance(50)
    run.context.stdout('e')
    await run.finish()
    expect(emitted).toEqual([
      expect.objectContaining({
        name: 'v1.TerminalOutputAdded',
        args: expect.objectContaining({ position: 0 }),
      }),
      expect.objectContaining({
        name: 'v1.TerminalOutputAppended',
        args: expect.objectContaining({ content: { type: 'inline', data: 'd' } }),
      }),
      expect.objectContaining({
        name: 'v1.TerminalOutputAppended',
        args: expect.objectContaining({ content: { type: 'inline', data: 'e' } }),
      }),
    ])
    expect(outputsOf(store, 'c1').map(({ data }) => data)).toEqual(['abcde'])
  })

  it('text is written at most once per flush time', async () => {
    const { run, clock, emitted } = await createWorld({ limits: { flushMs: 50 } })
    for (let millisecond = 0; millisecond < 500; millisecond += 1) {
      run.context.stdout('x')
      clock.advance(1)
    }
    expect(emitted.length).toBe(10)
  })

  it('log order is call order: another output ends the run of text, an update or an append does not', async () => {
    const { run, store, names } = await createWorld()
    const { context } = run
    context.stdout('one')
    context.stderr('two')
    await context.display({ 'text/plain': 'shown' }, undefined, 'd1')
    context.stdout('three')
    await context.updateDisplay('d1', { 'text/plain': 'updated' })
    context.stdout(' more')
    context.error('E', 'v', [])
    await run.finish()
    expect(names()).toEqual([
      'v1.TerminalOutputAdded',
      'v1.TerminalOutputAdded',
      'v1.MultimediaDisplayOutputAdded',
      'v1.TerminalOutputAdded',
      'v1.MultimediaDisplayOutputUpdated',
      'v1.TerminalOutputAppended',
      'v1.ErrorOutputAdded',
    ])
    expect(outputsOf(store, 'c1').map((output) => output.position)).toEqual([0, 1, 2, 3, 4])
    expect(textOf(store)).toEqual(['one', 'three more'])
  })

  it('every client finds the whole text in the rows of the outputs, which grow to 64 KiB each and end with a line', async () => {
    const { run, clock, store } = await createWorld()
    const line = `${'x'.repeat(99)}\n`
    for (let count = 0; count < 40; count += 1) {
      run.context.stdout(line.repeat(40) + 'half ')
      clock.advance(50)
    }
    await run.finish()
    const texts = outputsOf(store, 'c1').map(({ data }) => data ?? '')
    expect(texts.join('')).toBe((line.repeat(40) + 'half ').repeat(40))
    expect(texts.length).toBe(3)
    expect(texts.slice(0, -1).every((text) => text.endsWith('\n') && text.length < 70_000)).toBe(true)
    expect(store.query(tables.outputDeltas)).toEqual([])
  })

  it('a progress bar stays one output, also a long one', async () => {
    const { run, clock, store } = await createWorld()
    for (let count = 0; count < 80; count += 1) {
      run.context.stderr(`\r${'#'.repeat(999)}`)
      clock.advance(50)
    }
    await run.finish()
    expect(outputsOf(store, 'c1').map(({ data }) => data?.length)).toEqual([80_000])
  })

  it('streams that take turns keep the order of the calls', async () => {
    const { run, store } = await createWorld()
    for (let count = 0; count < 20; count += 1) {
      run.context.stdout(`out ${count}\n`)
      run.context.stderr(`err ${count}\n`)
    }
    await run.finish()
    expect(outputsOf(store, 'c1').map(({ data }) => data)).toEqual(
      Array.from({ length: 20 }, (_, count) => [`out ${count}\n`, `err ${count}\n`]).flat(),
    )
  })

  it('streams that take turns thousands of times make few outputs, and no text is missing', async () => {
    const { run, clock, store, emitted } = await createWorld()
    const expected = { stdout: '', stderr: '' }
    for (let count = 0; count < 10_000; count += 1) {
      for (const stream of ['stdout', 'stderr'] as const) {
        run.context[stream](`${stream} ${count}\n`)
        expected[stream] += `${stream} ${count}\n`
      }
      if (count % 10 === 0) clock.advance(1)
    }
    await run.finish()
    expect(textOf(store).join('')).toBe(expected.stdout)
    expect(textOf(store, 'stderr').join('')).toBe(expected.stderr)
    expect(emitted.length).toBeLessThan(250)
    expect(run.dropped.streamBytes).toEqual({ stdout: 0, stderr: 0 })
  })

  it('an empty text writes nothing', async () => {
    const { run, emitted } = await createWorld()
    run.context.stdout('')
    await run.finish()
    expect(emitted).toEqual([])
  })

  it('a surrogate pair is never split, and a lone surrogate is replaced', async () => {
    const { run, clock, store, emitted } = await createWorld()
    run.context.stdout('a\ud83d')
    clock.advance(50)
    run.context.stdout('\ude00b')
    clock.advance(50)
    run.context.stdout('\ud83d')
    await run.finish()
    expect(textOf(store)).toEqual(['a😀b\ufffd'])
    expect(
      emitted.every((event) =>
        (JSON.stringify(event) as never as { isWellFormed(): boolean }).isWellFormed(),
      ),
    ).toBe(true)
  })

  it('text beyond the limit of a stream is dropped and one marker says so at the end', async () => {
    const { run, store, emitted } = await createWorld()
    const line = `${'x'.repeat(99)}\n`
    for (let count = 0; count < 100_300; count += 1) run.context.stdout(line.repeat(10))
    run.context.stderr('short')
    await run.finish()
    await run.finish()
    expect(textOf(store)[0]?.length).toBe(1_000_000)
    expect(textOf(store).at(-1)).toBe('[output truncated: 1.0 MB of 100.3 MB shown]\n')
    expect(textOf(store, 'stderr')).toEqual(['short'])
    expect(run.dropped.streamBytes).toEqual({ stdout: 99_300_000, stderr: 0 })
    expect(emitted.length).toBe(3)
  })

  it('a text is cut at a whole character, and the marker starts on a line of its own', async () => {
    const { run, store } = await createWorld({ limits: { streamBytes: 5 } })
    run.context.stdout('a😀😀')
    await run.finish()
    expect(textOf(store)).toEqual(['a😀\n[output truncated: 5 B of 9 B shown]\n'])
  })
})

describe('clear', () => {
  it('an explicit clear always emits and starts positions anew; with wait they go on', async () => {
    const { run, store, names } = await createWorld()
    run.context.stdout('gone')
    run.context.clear()
    run.context.markdown('kept')
    run.context.clear(true)
    expect(outputsOf(store, 'c1').map((output) => [output.data, output.position])).toEqual([['kept', 0]])
    run.context.markdown('new')
    expect(outputsOf(store, 'c1').map((output) => [output.data, output.position])).toEqual([['new', 1]])
    expect(names().filter((name) => name === 'v1.CellOutputsCleared').length).toBe(2)
  })
})

describe('values that the event log cannot hold', () => {
  it('D51 big integers, cycles, functions and typed arrays are made safe and the store stays alive', async () => {
    const { run, store } = await createWorld()
    const cyclic: Record<string, unknown> = { name: 'loop' }
    cyclic['self'] = cyclic
    await run.context.result(
      {
        'application/json': {
          big: 12n,
          cyclic,
          call: () => 1,
          list: new Float64Array([1, 2]),
          missing: undefined,
        },
        'application/geo+json': {
          get bad(): unknown {
            throw new Error('unreadable')
          },
        },
        'text/plain': 5n,
        'text/html': null,
      },
      { 'application/json': { size: 1n, cyclic } },
    )
    const [output] = outputsOf(store, 'c1')
    expect(output?.representations).toEqual({
      'application/json': {
        type: 'inline',
        data: { big: '12', cyclic: { name: 'loop', self: '[cyclic reference]' }, list: [1, 2] },
        metadata: { size: '1', cyclic: { name: 'loop', self: '[cyclic reference]' } },
      },
      'application/geo+json': { type: 'inline', data: '[value left out: unreadable]' },
      'text/plain': { type: 'inline', data: '5' },
    })
  })

  it('the same object twice is no cycle', async () => {
    const { run, store } = await createWorld()
    const shared = { x: 1 }
    await run.context.display({ 'application/json': { first: shared, second: [shared, shared] } })
    const json = outputsOf(store, 'c1')[0]?.representations?.['application/json']
    expect(json).toEqual({ type: 'inline', data: { first: shared, second: [shared, shared] } })
  })

  it('D52 bytes become base64 for images and text for text types', async () => {
    const { run, store } = await createWorld()
    await run.context.display({
      'image/png': new Uint8Array([137, 80, 78, 71]),
      'image/svg+xml': new TextEncoder().encode('<svg/>'),
      'text/plain': ['line one\n', 'line two'],
      'text/html': { not: 'text' },
    })
    expect(outputsOf(store, 'c1')[0]?.representations).toEqual({
      'image/png': { type: 'inline', data: 'iVBORw==' },
      'image/svg+xml': { type: 'inline', data: '<svg/>' },
      'text/plain': { type: 'inline', data: 'line one\nline two' },
      'text/html': { type: 'inline', data: '{"not":"text"}' },
    })
  })

  it('values are taken at the time of the call, and odd arguments do not throw', async () => {
    const { run, store } = await createWorld()
    const data = { 'application/json': { value: 1 } }
    const shown = run.context.display(data)
    data['application/json'].value = 2
    await shown
    await run.context.display(undefined as never)
    run.context.error(undefined as never, 4 as never, 'trace' as never)
    run.context.stdout(12 as never)
    await run.finish()
    expect(outputsOf(store, 'c1').map((output) => output.outputType)).toEqual([
      'multimedia_display',
      'multimedia_display',
      'error',
      'terminal',
    ])
    const [first] = outputsOf(store, 'c1')
    expect(first?.representations?.['application/json']).toEqual({ type: 'inline', data: { value: 1 } })
  })

  it('a representation, a markdown text and an error beyond the limit become notes', async () => {
    const { run, store } = await createWorld({ limits: { outputBytes: 1000 } })
    const large = 'x'.repeat(2000)
    await run.context.display({ 'text/html': large, 'text/plain': 'short' })
    run.context.markdown(large)
    run.context.error('E', 'v', [large])
    const [display, markdown, error] = outputsOf(store, 'c1')
    expect(display?.representations).toEqual({
      'text/plain': {
        type: 'inline',
        data: 'short\n[text/html output of 2.0 kB left out: more than 1.0 kB]',
      },
    })
    expect(markdown?.data).toBe('[text/markdown output of 2.0 kB left out: more than 1.0 kB]')
    expect(JSON.parse(error?.data ?? '')).toMatchObject({
      ename: 'E',
      evalue: 'v',
      traceback: [expect.stringContaining('left out')],
    })
  })
})

describe('ids, order and end', () => {
  it('D48 markdown and the append methods return their ids, and appends arrive in call order', async () => {
    const { run, store } = await createWorld()
    const { context } = run
    const outputId = context.markdown('# a')
    const ids = [context.appendMarkdown(outputId, 'b', 0), context.appendMarkdown(outputId, 'c', 1)]
    const deltas = store.query(tables.outputDeltas.where({ outputId }).orderBy('sequenceNumber', 'asc'))
    expect(deltas.map((delta) => delta.id)).toEqual(ids)
    expect(applyDeltas('# a', deltas)).toBe('# abc')
    const terminalId = context.appendTerminal(outputId, 'd', 2)
    expect(store.query(tables.outputDeltas.select('delta').where({ id: terminalId }))).toEqual(['d'])
  })

  it('outputs behind a running upload wait for it', async () => {
    const gate = createGate()
    const { run, names } = await createWorld({
      artifacts: {
        client: {
          submitContent: async () => {
            await gate.opened
            return { artifactId: 'a1' }
          },
          getArtifactUrl: ({ artifactId }) => `http://127.0.0.1/${artifactId}`,
        },
        thresholdBytes: 0,
        notebookId: 'n1',
        authToken: 'token',
      },
    })
    const { context } = run
    context.stdout('before')
    const shown = context.display({ 'image/png': 'iVBORw==' })
    context.stdout('af')
    context.stdout('ter')
    context.markdown('last')
    expect(names()).toEqual(['v1.TerminalOutputAdded'])
    gate.open()
    await run.finish()
    await shown
    expect(names()).toEqual([
      'v1.TerminalOutputAdded',
      'v1.MultimediaDisplayOutputAdded',
      'v1.TerminalOutputAdded',
      'v1.MarkdownOutputAdded',
    ])
  })

  it('D58 an image whose upload ends after close is not written', async () => {
    const gate = createGate()
    const { run, emitted } = await createWorld({
      artifacts: {
        client: {
          submitContent: async () => {
            await gate.opened
            return { artifactId: 'a1' }
          },
          getArtifactUrl: () => '',
        },
        thresholdBytes: 0,
        notebookId: 'n1',
        authToken: 'token',
      },
    })
    const shown = run.context.display({ 'image/png': 'iVBORw==' })
    run.close()
    gate.open()
    await shown
    expect(emitted).toEqual([])
  })

  it('an upload that hangs ends with the signal, and the image stays inline', async () => {
    const { run, store, controller } = await createWorld({
      artifacts: {
        client: { submitContent: () => new Promise(() => {}), getArtifactUrl: () => '' },
        thresholdBytes: 0,
        notebookId: 'n1',
        authToken: 'token',
      },
    })
    const shown = run.context.display({ 'image/png': 'iVBORw==' })
    controller.abort()
    await shown
    expect(outputsOf(store, 'c1')[0]?.representations?.['image/png']).toEqual({
      type: 'inline',
      data: 'iVBORw==',
    })
    expect(() => run.context.checkCancellation()).toThrow('Execution cancelled')
  })

  it('D58 after close every method is ignored and counted', async () => {
    let activity = 0
    const { run, emitted, clock } = await createWorld({ onActivity: () => (activity += 1) })
    const { context } = run
    context.stdout('pending')
    expect(activity).toBe(1)
    run.close()
    context.stdout('x')
    context.stderr('x')
    context.markdown('x')
    context.appendMarkdown('x', 'x', 0)
    context.appendTerminal('x', 'x', 0)
    await context.display({ 'text/plain': 'x' })
    await context.updateDisplay('x', { 'text/plain': 'x' })
    await context.result({ 'text/plain': 'x' })
    context.error('x', 'x', [])
    context.clear()
    clock.advance(1000)
    await run.finish()
    expect(emitted).toEqual([])
    expect(run.dropped.afterClose).toBe(10)
    expect(activity).toBe(1)
  })

  it('a NUL in text and names that LiveStore would call do not harm the store', async () => {
    const { run, store } = await createWorld()
    run.context.stdout('a\0b')
    const data = { 'application/json': { toString: 'x', deep: [{ constructor: 1 }] } }
    await run.context.display(data, { 'application/json': { valueOf: 1 } })
    await run.finish()
    await vi.waitFor(() => expect(store.syncStatus().pendingCount).toBe(0))
    expect(outputsOf(store, 'c1').map(({ data }) => data)).toEqual([
      'a\uFFFDb',
      '{"toString\u200b":"x","deep":[{"constructor\u200b":1}]}',
    ])
    expect(() => store.syncStatus()).not.toThrow()
  })
})
