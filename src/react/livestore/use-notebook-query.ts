import type { Queryable, Store as LiveStore } from '@livestore/livestore'
import { useQuery } from '@livestore/react'
import { RegistryError } from '../../errors.js'
import { useRuntimeAgentContext } from '../runtime-agent-context.js'

/**
 * The result of a query on the provider's notebook, now and whenever it changes: LiveStore's `useQuery`, without passing the store
 * on. Renders again when the result is another one. Throws `NO_PROVIDER` outside a `RuntimeAgentProvider`, and `STORE_REQUIRED`
 * while the provider has no store: put it into a component that is rendered only when there is one.
 */
export function useNotebookQuery<Result>(query: Queryable<Result>): Result {
  const { store } = useRuntimeAgentContext('useNotebookQuery')
  if (!store) {
    throw new RegistryError(
      'STORE_REQUIRED',
      'useNotebookQuery was called while the notebook has no store. Render the component once useStore() gives one.',
    )
  }
  return useQuery(query, { store: store as unknown as LiveStore })
}
