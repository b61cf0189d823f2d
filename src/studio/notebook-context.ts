import { createContext, useContext } from 'react'
import type { Notebook } from './workspace/notebook.js'
import type { Workspace } from './workspace/workspace.js'

/** What the components of a shown notebook work with. */
export interface NotebookContextValue {
  readonly workspace: Workspace
  readonly notebook: Notebook
}

export const NotebookContext = createContext<NotebookContextValue | null>(null)

/** The shown notebook. Throws outside of one. */
export function useNotebook(): NotebookContextValue {
  const value = useContext(NotebookContext)
  if (value) return value
  throw new Error('useNotebook was called outside a NotebookContext.')
}
