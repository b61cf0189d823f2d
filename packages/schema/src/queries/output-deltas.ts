import { queryDb } from '@livestore/livestore'
import { tables } from '../tables.js'

type OutputDelta = {
  readonly id: string
  readonly outputId: string
  readonly delta: string
  readonly sequenceNumber: number
}

const inSequence = [
  { col: 'sequenceNumber', direction: 'asc' },
  { col: 'id', direction: 'asc' },
] as const

/** The deltas of one output, in sequence. */
export const outputDeltasQuery = (outputId: string) =>
  queryDb(tables.outputDeltas.where({ outputId }).orderBy(inSequence), {
    deps: [outputId],
    label: 'outputDeltas',
  })

/** The deltas of all outputs, in sequence. */
export const outputDeltas$ = queryDb(tables.outputDeltas.orderBy(inSequence), {
  label: 'notebook.outputDeltas',
})

/** The text followed by every delta, in the order of the array. Sequence numbers are not looked at. */
export const applyDeltas = (originalContent: string, deltas: ReadonlyArray<OutputDelta>): string =>
  originalContent + deltas.map(({ delta }) => delta).join('')

/** As `applyDeltas`, and how many deltas there were. */
export const getFinalContent = (
  originalContent: string,
  deltas: ReadonlyArray<OutputDelta>,
): { content: string; hasDeltas: boolean; deltaCount: number } => ({
  content: applyDeltas(originalContent, deltas),
  hasDeltas: deltas.length > 0,
  deltaCount: deltas.length,
})
