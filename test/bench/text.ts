import { events, type Store } from '@runtimed/schema'
import { closeBenchStore, nextTurn, openBenchStore, untilDurable, type BenchEvent } from './bench-store.js'
import { round, timed } from './measure.js'

/** Milliseconds per flush of streamed text. */
export interface TextCost {
  /** Text added to the output's row, as every client reads it; a new output each 64 KiB. */
  readonly rewriting: number
  /** Text as a row of its own behind the output. */
  readonly delta: number
  readonly ratio: number
}

const flushes = 600
const piece = `${'x'.repeat(999)}\n`
const piecesOfOneOutput = (64 * 1024) / piece.length

export async function measureText(): Promise<TextCost> {
  const rewriting = await flush('rewriting', (outputId) =>
    events.terminalOutputAppended({ outputId, content: { type: 'inline', data: piece } }),
  )
  const delta = await flush('delta', (outputId, sequenceNumber) =>
    events.terminalOutputAppended2({ id: crypto.randomUUID(), outputId, delta: piece, sequenceNumber }),
  )
  return { rewriting: round(rewriting), delta: round(delta), ratio: round(rewriting / delta) }
}

async function flush(name: string, append: (outputId: string, index: number) => BenchEvent): Promise<number> {
  const store = await openBenchStore(`text-${name}`)
  const spent = await timed(() => writeAll(store, append))
  await closeBenchStore(store)
  return spent / flushes
}

async function writeAll(
  store: Store,
  append: (outputId: string, index: number) => BenchEvent,
): Promise<void> {
  for (let index = 0; index < flushes; index++) {
    const position = Math.floor(index / piecesOfOneOutput)
    const isNew = position !== Math.floor((index - 1) / piecesOfOneOutput)
    store.commit(isNew ? added(position) : append(`o${position}`, index))
    await nextTurn()
  }
  await untilDurable(store)
}

const added = (position: number): BenchEvent =>
  events.terminalOutputAdded({
    id: `o${position}`,
    cellId: 'c0',
    position,
    streamName: 'stdout',
    content: { type: 'inline', data: piece },
  })
