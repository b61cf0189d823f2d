import { queryDb } from '@livestore/livestore'
import { tables } from '../tables.js'

/** All metadata records. */
export const notebookMetadata$ = queryDb(tables.notebookMetadata.select('key', 'value'))

/** How many rounds an AI cell may take, as text; `"10"` when the notebook does not say. */
export const maxAiIterations$ = queryDb(
  tables.notebookMetadata
    .select('value')
    .where({ key: 'max_ai_iterations' })
    .first({ behaviour: 'fallback', fallback: () => '10' }),
)

/** Every runtime session, ended ones too, latest start first. */
export const runtimeSessions$ = queryDb(
  tables.runtimeSessions.orderBy([
    { col: 'startedSeq', direction: 'desc' },
    { col: 'sessionId', direction: 'desc' },
  ]),
  { label: 'runtime.sessions' },
)
