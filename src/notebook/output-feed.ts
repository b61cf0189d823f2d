import { queryDb, Schema, tables, type Store } from '@runtimed/schema'
import type { NotebookOutput } from './parsed-notebook.js'
import { toNotebookOutputs } from './stored-outputs.js'

/** An output, or a piece of one, that was not there before. */
export interface FreshOutput {
  readonly output: NotebookOutput
  readonly isUpdate: boolean
}

interface OutputMark {
  readonly id: string
  readonly outputType: string
  readonly streamName: string | null
  /** Set for displays that can be updated: all that they show. */
  readonly shown: string | null
  /** Characters of text that can grow, else 0. */
  readonly length: number
}

interface DeltaMark {
  readonly delta: string
  readonly sequenceNumber: number
}

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

/** Hands out what the outputs of one cell have become since the last look, without reading the rest again. */
export class OutputFeed {
  readonly #store: Store
  readonly #cellId: string
  readonly #shown = new Map<string, Pick<OutputMark, 'shown' | 'length'>>()
  readonly #lastDelta = new Map<string, number>()

  constructor(store: Store, cellId: string) {
    this.#store = store
    this.#cellId = cellId
  }

  /** New outputs, updated displays and appended text, in the order in which the notebook shows them. */
  read(): FreshOutput[] {
    return this.#marks().flatMap((mark) => {
      const known = this.#shown.get(mark.id)
      const isUpdate = known !== undefined && known.shown !== mark.shown
      this.#shown.set(mark.id, mark)
      const whole = !known || isUpdate ? this.#readWhole(mark.id) : this.#readGrown(mark, known.length)
      return [...whole.map((output) => ({ output, isUpdate })), ...this.#readAppended(mark)]
    })
  }

  #marks(): readonly OutputMark[] {
    return this.#rows<OutputMark>(
      `SELECT id, outputType, streamName, CASE WHEN displayId IS NULL THEN NULL ELSE representations END AS shown,
         CASE WHEN outputType IN ('terminal', 'markdown') THEN coalesce(length(data), 0) ELSE 0 END AS length
       FROM outputs WHERE cellId = ? ORDER BY position, id`,
      this.#cellId,
    )
  }

  #readWhole(id: string): NotebookOutput[] {
    const rows = this.#store.query(queryDb(tables.outputs.select().where({ id }).limit(1)))
    return toNotebookOutputs(rows.map((row) => ({ row, appended: '', unplacedMetadata: {} })))
  }

  #readGrown(mark: OutputMark, knownLength: number): NotebookOutput[] {
    if (mark.length <= knownLength) return []
    const query = 'SELECT substr(data, ?) AS text FROM outputs WHERE id = ?'
    const rows = this.#rows<{ text: string }>(query, knownLength + 1, mark.id)
    return rows.map(({ text }) => toPiece(mark, text))
  }

  #readAppended(mark: OutputMark): FreshOutput[] {
    const { id, outputType } = mark
    if (outputType !== 'terminal' && outputType !== 'markdown') return []
    const deltas = this.#rows<DeltaMark>(
      `SELECT delta, sequenceNumber FROM output_deltas WHERE outputId = ? AND sequenceNumber > ?
       ORDER BY sequenceNumber, id`,
      id,
      this.#lastDelta.get(id) ?? -1,
    )
    const last = deltas.at(-1)
    if (last === undefined) return []
    this.#lastDelta.set(id, last.sequenceNumber)
    const text = deltas.map(({ delta }) => delta).join('')
    return [{ output: toPiece(mark, text), isUpdate: false }]
  }

  #rows<Row>(query: string, ...values: (string | number)[]): readonly Row[] {
    return this.#store.query<Row[]>({ query, bindValues: values as never })
  }
}

function toPiece({ outputType, streamName }: OutputMark, text: string): NotebookOutput {
  if (outputType === 'terminal') return { output_type: 'stream', name: streamName ?? 'stdout', text }
  return { output_type: 'display_data', data: { 'text/markdown': text }, metadata: {} }
}
