/* oxlint-disable no-control-regex -- this file is about such characters */

/** Terminal commands: CSI, OSC and the like, and single escapes. Group 1 is set for a colour. */
const escapeSequence =
  /(\x1b\[[\d;:]*m)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]|\x9b[0-?]*[ -/]*[@-~]/g

const controlCharacter = /[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]/g

/**
 * Text of a cell as it may be shown: nothing in it can move the cursor, clear the screen or retitle the window. Line
 * breaks, tabs and carriage returns stay; colours stay when `keepColours` is set.
 */
export function toPrintable(text: string, keepColours: boolean): string {
  const kept = text.replace(escapeSequence, (_, colour: string | undefined) =>
    keepColours && colour !== undefined ? colour : '',
  )
  const cleared = kept.replace(controlCharacter, '')
  return keepColours ? cleared.replace(/\x1b(?!\[[\d;:]*m)/g, '') : cleared.replaceAll('\x1b', '')
}
