/** The public API in Node: the registry, its factory, what they are configured with, and the notebook's store. */
export * from './core.js'
export { openNotebookStore } from './livestore/open-notebook-store.js'
