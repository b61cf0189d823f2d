import type { NotebookFormatting } from './formatting.js'
import type { JsonObject, JsonValue } from './json-value.js'

/** The kinds of cell that nbformat 4 knows. */
export type NotebookCellType = 'code' | 'markdown' | 'raw'

/** Text that a cell wrote to one of its streams. */
export interface StreamOutput {
  readonly output_type: 'stream'
  /** `stdout` or `stderr`. */
  readonly name: string
  readonly text: string
}

/** Something shown while a cell ran, as one value for each MIME type. Texts are whole strings, not lists of lines. */
export interface DisplayOutput {
  readonly output_type: 'display_data'
  readonly data: Readonly<JsonObject>
  readonly metadata: Readonly<JsonObject>
}

/** The value of a cell's last expression. */
export interface ResultOutput {
  readonly output_type: 'execute_result'
  readonly execution_count: number | null
  readonly data: Readonly<JsonObject>
  readonly metadata: Readonly<JsonObject>
}

/** The error that ended a cell. */
export interface ErrorOutput {
  readonly output_type: 'error'
  readonly ename: string
  readonly evalue: string
  readonly traceback: readonly string[]
}

/** One output of a code cell, as in the file except that texts are joined to whole strings. */
export type NotebookOutput = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput

/** One cell of a notebook file. */
export interface ParsedCell {
  /** The id in the file; where it has none, or one that cannot be used, eight hexadecimal digits made from the place of the cell. */
  readonly id: string
  /** Place in the file, from 0. */
  readonly index: number
  readonly type: NotebookCellType
  readonly source: string
  /** `null` for a cell that was not executed, and for cells that are not code. */
  readonly executionCount: number | null
  readonly outputs: readonly NotebookOutput[]
  readonly metadata: Readonly<JsonObject>
  /** Images and the like that a markdown cell refers to: file name, then MIME type, then data. */
  readonly attachments?: JsonValue
}

/** A notebook file that was read, with the exact text it was read from. */
export interface ParsedNotebook {
  /** What messages call the file. */
  readonly name: string
  readonly text: string
  readonly formatting: NotebookFormatting
  readonly nbformat: 4
  readonly nbformatMinor: number
  readonly metadata: Readonly<JsonObject>
  /** The programming language, for example `python`; `null` when the file does not say. */
  readonly language: string | null
  /** The name of the kernel the notebook asks for, for example `python3`; `null` when the file does not say. */
  readonly kernelName: string | null
  readonly cells: readonly ParsedCell[]
  /** What in the file was put right, one sentence each: `NAME:LINE:COLUMN: what`. */
  readonly warnings: readonly string[]
}
