import { makeSchema, State, type Store as LiveStoreStore } from '@livestore/livestore'
import { events } from './events.js'
import { agentTransitionMaterializers } from './materializers/agent-transitions.js'
import { cellMaterializers } from './materializers/cells.js'
import { executionMaterializers } from './materializers/executions.js'
import { notebookMaterializers } from './materializers/notebook.js'
import { outputMaterializers } from './materializers/outputs.js'
import { presenceMaterializers } from './materializers/presence.js'
import { sessionMaterializers } from './materializers/sessions.js'
import { tables } from './tables.js'

/**
 * How every event changes the tables, by wire name. None of them throws, reads the clock or draws random numbers,
 * whatever order the events come in: a state that has ended stays ended, and what refers to nothing does nothing.
 */
export const materializers = State.SQLite.materializers(events, {
  ...notebookMaterializers,
  ...presenceMaterializers,
  ...cellMaterializers,
  ...sessionMaterializers,
  ...executionMaterializers,
  ...outputMaterializers,
  ...agentTransitionMaterializers,
})

/** The LiveStore schema of a notebook: one notebook is one store, and the store id is the notebook id. */
export const schema = makeSchema({ events, state: State.SQLite.makeState({ tables, materializers }) })

/** A LiveStore store that holds a notebook. */
export type Store = LiveStoreStore<typeof schema>
