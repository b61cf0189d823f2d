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
  readonly #shown = new Map<string, string | null>()
  readonly #lastDelta = new Map<string, number>()

  constructor(store: Store, cellId: string) {
    this.#store = store
    this.#cellId = cellId
  }

  /** New outputs, updated displays and appended text, in the order in which the notebook shows them. */
  read(): FreshOutput[] {
    return this.#marks().flatMap((mark) => {
      const isKnown = this.#shown.has(mark.id)
      const isUpdate = isKnown && this.#shown.get(mark.id) !== mark.shown
      this.#shown.set(mark.id, mark.shown)
      const whole = !isKnown || isUpdate ? this.#readWhole(mark.id) : []
      return [...whole.map((output) => ({ output, isUpdate })), ...this.#readAppended(mark)]
    })
  }

  #marks(): readonly OutputMark[] {
    return this.#rows<OutputMark>(
      `SELECT id, outputType, streamName, CASE WHEN displayId IS NULL THEN NULL ELSE representations END AS shown
       FROM outputs WHERE cellId = ? ORDER BY position, id`,
      this.#cellId,
    )
  }

  #readWhole(id: string): NotebookOutput[] {
    const rows = this.#store.query(queryDb(tables.outputs.select().where({ id }).limit(1)))
    return toNotebookOutputs(rows.map((row) => ({ row, appended: '', unplacedMetadata: {} })))
  }

  #readAppended({ id, outputType, streamName }: OutputMark): FreshOutput[] {
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
    return [{ output: { output_type: 'stream', name: streamName ?? 'stdout', text }, isUpdate: false }]
  }

  #rows<Row>(query: string, ...values: (string | number)[]): readonly Row[] {
    return this.#store.query<Row[]>({ query, bindValues: values as never })
  }
}
