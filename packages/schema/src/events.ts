import { cellEvents } from './events/cell-events.js'
import { clientEvents } from './events/client-events.js'
import { executionEvents } from './events/execution-events.js'
import { notebookEvents } from './events/notebook-events.js'
import { outputEvents } from './events/output-events.js'
import { sessionEvents } from './events/session-events.js'
import { tables } from './tables.js'

const syncedEvents = {
  ...notebookEvents,
  ...cellEvents,
  ...sessionEvents,
  ...executionEvents,
  ...outputEvents,
}

type ClientEvents = typeof clientEvents & {
  /** Merges into the client's own user-interface state; never leaves the client. */
  uiStateSet: (typeof tables)['uiState']['set']
}

/**
 * Every event of a notebook by its export name. Names and fields on the wire never change; calling a
 * constructor with wrong arguments throws `Invalid event args for event '<name>'`.
 */
export const events: typeof syncedEvents & ClientEvents = {
  ...syncedEvents,
  ...clientEvents,
  uiStateSet: tables.uiState.set,
}
