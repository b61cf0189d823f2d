import { useSyncExternalStore } from 'react'

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

const read = (): string | undefined => /^#\/([\w-]+)$/.exec(location.hash)?.[1]

/** The notebook that the address names. */
export const useNotebookId = (): string | undefined => useSyncExternalStore(subscribe, read)

/** Goes to a notebook. */
export function showNotebook(id: string): void {
  location.hash = `#/${id}`
}
