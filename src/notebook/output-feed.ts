import { type OutputData, queryDb, Schema, tables, type Store } from '@runtimed/schema'
import type { NotebookOutput } from './parsed-notebook.js'
import { toNotebookOutputs } from './stored-outputs.js'

/** An output, or a piece of one, that was not there before. */
export interface FreshOutput {
  readonly output: NotebookOutput
  readonly isUpdate: boolean
}

/** A text that can grow, as far as it was told. */
interface GrowingText extends Pick<OutputData, 'id' | 'outputType' | 'streamName'> {
  readonly octets: number
}

interface DeltaRow extends Pick<OutputData, 'outputType' | 'streamName'> {
  readonly place: number
  readonly id: string
  readonly outputId: string
  readonly delta: string
  readonly sequenceNumber: number
}

/** Text that belongs behind the text of an output. */
interface TextPiece {
  readonly row: Pick<OutputData, 'outputType' | 'streamName'>
  readonly text: string
}

/** The row of a table that was read last. Later ones have a higher place, until it is deleted. */
interface Tail {
  readonly place: number
  readonly id: string
}

const start: Tail = { place: 0, id: '' }

/** Looks at everything that can change which take longer than this, in milliseconds, are made less often … */
const shortLookMs = 5
/** … with pauses so many times as long. */
const pauseFactor = 20

const newRows = Schema.Array(
  Schema.extend(
    tables.outputs.rowSchema,
    Schema.Struct({ place: Schema.Number, octets: Schema.NullOr(Schema.Number) }),
  ),
)

/** Reads one row, and runs whenever executions, outputs or appended text are written. */
export const outputTrigger$ = queryDb(
  {
    query: `SELECT (SELECT 1 FROM executionQueue LIMIT 1) AS executions, (SELECT 1 FROM outputs LIMIT 1) AS outputs,
      (SELECT 1 FROM output_deltas LIMIT 1) AS deltas`,
    schema: Schema.Array(
      Schema.Struct({
        executions: Schema.NullOr(Schema.Number),
        outputs: Schema.NullOr(Schema.Number),
        deltas: Schema.NullOr(Schema.Number),
      }),
    ),
  },
  { label: 'outputs.trigger' },
)

/**
 * Hands out what the outputs of one cell have become since the last look. New outputs and text at the end are found without a look
 * at what was shown before. Whether an earlier output has changed takes a look at all that can; where those are many it is made less
 * often, and in the last look.
 */
export class OutputFeed {
  readonly #store: Store
  readonly #cellId: string
  readonly #onLate: () => void
  readonly #known = new Set<string>()
  readonly #displays = new Map<string, string>()
  readonly #texts = new Map<string, GrowingText>()
  readonly #lastDelta = new Map<string, number>()
  #outputTail = start
  #deltaTail = start
  #newestText: string | undefined
  #pause: ReturnType<typeof setTimeout> | undefined

  /** `onLate` is called when a look that was put off is due. */
  constructor(store: Store, cellId: string, onLate: () => void) {
    this.#store = store
    this.#cellId = cellId
    this.#onLate = onLate
  }

  /** New outputs, updated displays and appended text, in the order in which the notebook shows them. */
  read(isLast = false): FreshOutput[] {
    const changed = this.#readChanged(isLast)
    const appended = this.#readAppended()
    const toEarlier = [...appended].filter(([id]) => this.#known.has(id)).map(([, piece]) => piece)
    return [...changed, ...toEarlier, ...this.#readNew(appended)]
  }

  #readNew(appended: ReadonlyMap<string, FreshOutput>): FreshOutput[] {
    return this.#newRows().flatMap(({ place, octets, ...row }) => {
      if (place > this.#outputTail.place) this.#outputTail = { place, id: row.id }
      if (this.#known.has(row.id)) return []
      this.#known.add(row.id)
      this.#noteChangeable(row, octets ?? 0)
      const more = appended.get(row.id)
      return [...freshOutputs(row, false), ...(more ? [more] : [])]
    })
  }

  #newRows(): (typeof newRows)['Type'] {
    const isWhole = this.#isGone('outputs', this.#outputTail)
    if (isWhole) this.#outputTail = start
    const query = `SELECT rowid AS place, octet_length(data) AS octets, * FROM outputs
       WHERE ${isWhole ? 'cellId = ?' : '+cellId = ? AND rowid > ?'} ORDER BY position, id`
    const bindValues = isWhole ? [this.#cellId] : [this.#cellId, this.#outputTail.place]
    return this.#store.query(queryDb({ query, bindValues: bindValues as never, schema: newRows }))
  }

  #noteChangeable(
    { id, outputType, streamName, displayId, representations }: OutputData,
    octets: number,
  ): void {
    if (displayId !== null) this.#displays.set(id, JSON.stringify(representations))
    if (outputType !== 'terminal' && outputType !== 'markdown') return
    this.#newestText = id
    this.#texts.set(id, { id, outputType, streamName, octets })
  }

  /** Text that has grown, and displays that were updated; between two looks at all of them the newest text only. */
  #readChanged(isLast: boolean): FreshOutput[] {
    if (this.#pause !== undefined && !isLast) return this.#readGrown(this.#newestText)
    clearTimeout(this.#pause)
    this.#pause = undefined
    const startedAt = performance.now()
    const changed = [...this.#readGrown(), ...this.#readUpdated()]
    const took = performance.now() - startedAt
    if (took > shortLookMs && !isLast) this.#pauseFor(took * pauseFactor)
    return changed
  }

  #pauseFor(milliseconds: number): void {
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#onLate()
    }, milliseconds)
  }

  /** Of one text, or of all. */
  #readGrown(only?: string): FreshOutput[] {
    if (this.#texts.size === 0) return []
    const rows = this.#rows<{ id: string; octets: number | null }>(
      `SELECT id, octet_length(data) AS octets FROM outputs
       WHERE ${only === undefined ? `cellId = ? AND outputType IN ('terminal', 'markdown') ORDER BY position, id` : 'id = ?'}`,
      only ?? this.#cellId,
    )
    return rows.flatMap(({ id, octets }) => {
      const text = this.#texts.get(id)
      if (text === undefined || octets === null || octets <= text.octets) return []
      this.#texts.set(id, { ...text, octets })
      return this.#readEnd(text)
    })
  }

  #readEnd(text: GrowingText): FreshOutput[] {
    const query = 'SELECT CAST(substr(CAST(data AS BLOB), ?) AS TEXT) AS added FROM outputs WHERE id = ?'
    return this.#rows<{ added: string }>(query, text.octets + 1, text.id).map(({ added }) =>
      toPiece(text, added),
    )
  }

  #readUpdated(): FreshOutput[] {
    if (this.#displays.size === 0) return []
    const rows = this.#store.query(
      queryDb({
        query: 'SELECT * FROM outputs WHERE cellId = ? AND displayId IS NOT NULL ORDER BY position, id',
        bindValues: [this.#cellId] as never,
        schema: Schema.Array(tables.outputs.rowSchema),
      }),
    )
    return rows.flatMap((row) => {
      const shown = JSON.stringify(row.representations)
      const before = this.#displays.get(row.id)
      if (before === undefined || before === shown) return []
      this.#displays.set(row.id, shown)
      return freshOutputs(row, true)
    })
  }

  /** Pieces of text that have rows of their own, joined by the output that they belong to. */
  #readAppended(): Map<string, FreshOutput> {
    if (this.#isGone('output_deltas', this.#deltaTail)) this.#deltaTail = start
    const rows = this.#rows<DeltaRow>(
      `SELECT deltas.rowid AS place, deltas.id, outputId, delta, sequenceNumber, outputType, streamName
       FROM output_deltas AS deltas JOIN outputs ON outputs.id = outputId
       WHERE deltas.rowid > ? AND +cellId = ? ORDER BY sequenceNumber, deltas.id`,
      this.#deltaTail.place,
      this.#cellId,
    )
    const added = new Map<string, TextPiece>()
    for (const { place, id, outputId, delta, sequenceNumber, ...row } of rows) {
      if (place > this.#deltaTail.place) this.#deltaTail = { place, id }
      if (sequenceNumber <= (this.#lastDelta.get(outputId) ?? -1)) continue
      this.#lastDelta.set(outputId, sequenceNumber)
      added.set(outputId, { row, text: (added.get(outputId)?.text ?? '') + delta })
    }
    return new Map([...added].map(([id, { row, text }]) => [id, toPiece(row, text)]))
  }

  #isGone(table: 'outputs' | 'output_deltas', { place, id }: Tail): boolean {
    return this.#rows(`SELECT 1 FROM ${table} WHERE rowid = ? AND id = ?`, place, id).length === 0
  }

  #rows<Row>(query: string, ...values: (string | number)[]): readonly Row[] {
    return this.#store.query<Row[]>({ query, bindValues: values as never })
  }
}

function freshOutputs(row: OutputData, isUpdate: boolean): FreshOutput[] {
  const outputs = toNotebookOutputs([{ row, appended: '', unplacedMetadata: {} }])
  return outputs.map((output) => ({ output, isUpdate }))
}

function toPiece(
  { outputType, streamName }: Pick<OutputData, 'outputType' | 'streamName'>,
  text: string,
): FreshOutput {
  const output: NotebookOutput =
    outputType === 'terminal'
      ? { output_type: 'stream', name: streamName ?? 'stdout', text }
      : { output_type: 'display_data', data: { 'text/markdown': text }, metadata: {} }
  return { output, isUpdate: false }
}
