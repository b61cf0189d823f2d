export { exportNotebook, type ExportOptions } from './export-notebook.js'
export type { NotebookFormatting } from './formatting.js'
export { importNotebook, type ImportOptions, notebookToEvents } from './import-notebook.js'
export type { JsonObject, JsonValue } from './json-value.js'
export { NotebookError, type NotebookErrorCode } from './notebook-error.js'
export { parseNotebook } from './parse-notebook.js'
export type {
  DisplayOutput,
  ErrorOutput,
  NotebookCellType,
  NotebookOutput,
  ParsedCell,
  ParsedNotebook,
  ResultOutput,
  StreamOutput,
} from './parsed-notebook.js'
export type { StoreEvent } from './store-event.js'
