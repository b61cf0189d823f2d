/** The public API in a page, under the same names as in Node; bundlers find it by the `browser` condition. */
export * from './core.js'
export { openNotebookStore } from './livestore/open-browser-store.js'
