/**
 * A process that opens one notebook, says how that ended, and holds it until it is killed or told to end.
 * Options as JSON: `directory`, `notebookId`.
 */
import { writeSync } from 'node:fs'
import { openNotebookStore } from '../../src/index.js'
import { RegistryError } from '../../src/errors.js'

/** What the process opens. */
export interface StoreChildOptions {
  readonly directory: string
  readonly notebookId: string
}

/** What the process says. */
export type StoreChildReport =
  | { readonly event: 'opened' }
  | { readonly event: 'refused'; readonly code: string; readonly message: string }

const { directory, notebookId } = JSON.parse(process.argv[2] ?? '{}') as StoreChildOptions
const say = (report: StoreChildReport) => writeSync(1, `${JSON.stringify(report)}\n`)

try {
  await openNotebookStore({ notebookId, storage: { directory } })
  say({ event: 'opened' })
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  say({ event: 'refused', code: RegistryError.is(error) ? error.code : 'UNCODED', message })
}
