import { RegistryError } from '../errors.js'

/**
 * Why a notebook file could not be used.
 *
 * - `NOTEBOOK_NOT_JSON`: the file is not UTF-8, or not JSON (empty, cut off, a stray comma, `NaN` …).
 * - `NOTEBOOK_UNSUPPORTED`: JSON of a notebook, but not of nbformat 4.
 * - `NOTEBOOK_INVALID`: nbformat 4, but something in it has the wrong shape.
 */
export type NotebookErrorCode = 'NOTEBOOK_NOT_JSON' | 'NOTEBOOK_UNSUPPORTED' | 'NOTEBOOK_INVALID'

/** A text with the name that messages call it by, usually its file name. */
export interface NamedText {
  readonly name: string
  readonly text: string
}

/**
 * A notebook file is malformed. Nothing was imported or written; correct the file at the place named and try again.
 *
 * The message reads `[CODE] NAME:LINE:COLUMN: what is wrong; what was expected`.
 */
export class NotebookError extends RegistryError {
  declare readonly code: NotebookErrorCode
  /** Line of the file, from 1. */
  readonly line: number
  /** UTF-16 unit in the line, from 1. */
  readonly column: number

  constructor(code: NotebookErrorCode, source: NamedText, offset: number, problem: string) {
    const { line, column } = placeOf(source.text, offset)
    super(code, placed(source, offset, problem))
    this.line = line
    this.column = column
  }
}

/** A sentence with the place that it is about: `NAME:LINE:COLUMN: …`. */
export function placed(source: NamedText, offset: number, what: string): string {
  const { line, column } = placeOf(source.text, offset)
  return `${source.name}:${line}:${column}: ${what}`
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: offset - lineStart + 1 }
}
