import { tables, type FileData, type Store } from '@runtimed/schema'

/**
 * Follows the notebook's files. `onChange` gets all files that are not deleted, in a microtask of its
 * own, and only when they differ from the last time; a notebook that never had a file gives no call.
 */
export function watchFiles(store: Store, onChange: (files: readonly FileData[]) => void): () => void {
  const live = tables.files.where({ deletedAt: null }).orderBy('fileName', 'asc')
  let known = JSON.stringify([])
  let isWatching = true
  const unsubscribe = store.subscribe(
    live,
    (files) => {
      const current = JSON.stringify(files)
      if (current === known) return
      known = current
      queueMicrotask(() => {
        if (isWatching) onChange(files)
      })
    },
    { label: 'runtime.files' },
  )
  return () => {
    if (!isWatching) return
    isWatching = false
    unsubscribe()
  }
}
