/** For apps that use LiveStore's own React package. Needs `@livestore/react`. */
export { LiveStoreProvider, type LiveStoreProviderProps } from './live-store-provider.js'
export { useNotebookQuery } from './use-notebook-query.js'
