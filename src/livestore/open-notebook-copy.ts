import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { schema, type Store } from '@runtimed/schema'
import { closeNotebookStore } from './close-notebook-store.js'
import { requireFreeDirectory } from './directory-lock.js'
import { openNodeStore } from './node-store.js'
import { readOwnBytes, requireOwnDirectory, requireOwnFiles } from './own-file.js'
import { storeFiles, unavailable } from './store-directory.js'

/** A store for reading: what is committed to it is lost when it is closed. */
export interface NotebookCopy {
  readonly store: Store
  /** Closes the store and deletes the copy. */
  close(): Promise<void>
}

/**
 * Opens a copy of the notebook in `<directory>/<notebookId>`, which itself is neither written nor locked, and may be
 * read-only. The copy takes its room where the system keeps temporary files.
 *
 * Throws `STORE_IN_USE` while another process has the notebook, and `STORE_UNAVAILABLE` as `openNotebookStore`.
 */
export async function openNotebookCopy(options: {
  readonly notebookId: string
  readonly directory: string
}): Promise<NotebookCopy> {
  const { notebookId } = options
  const directory = resolve(options.directory, notebookId)
  const copy = mkdtempSync(join(tmpdir(), 'runtime-agent-registry-copy-'))
  const remove = () => rmSync(copy, { recursive: true, force: true })
  try {
    await copyFiles(directory, join(copy, notebookId))
    const storage = { directory: copy }
    const store = await openNodeStore({ schema, storeId: notebookId, storage, copyOf: directory })
    return { store, close: () => closeNotebookStore(store).finally(remove) }
  } catch (error) {
    remove()
    throw error
  }
}

/** Files that change or go while they are copied belong to an owner, who is seen afterwards at the latest. */
async function copyFiles(from: string, to: string): Promise<void> {
  try {
    await requireFreeDirectory(from)
    try {
      requireOwnDirectory(from)
      requireOwnFiles(from)
      mkdirSync(to)
      for (const name of storeFiles(from)) writeFileSync(join(to, name), readOwnBytes(join(from, name)))
    } finally {
      await requireFreeDirectory(from)
    }
  } catch (error) {
    throw unavailable(from, error)
  }
}
