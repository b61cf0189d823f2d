/* oxlint-disable no-control-regex, no-misleading-character-class -- this file is about such characters */

/** Colours and the like: the only escape sequences that do not move the cursor. */
const colourSequence = /\x1b\[[\d;:]*m/g

const wideCharacter =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u

const joinedCharacter = /[\p{Mark}\u200b-\u200d\ufe00-\ufe0f]/u

/** How many columns of a terminal a line takes; colours take none. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of text.replace(colourSequence, '')) width += characterWidth(character)
  return width
}

/** The line in at most `columns` columns; what is too long ends with `…`. The text must not contain colours. */
export function fitWidth(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text
  let width = 1
  let kept = ''
  for (const character of text) {
    width += characterWidth(character)
    if (width > columns) break
    kept += character
  }
  return columns < 1 ? '' : `${kept}…`
}

function characterWidth(character: string): number {
  if (joinedCharacter.test(character)) return 0
  return wideCharacter.test(character) ? 2 : 1
}
