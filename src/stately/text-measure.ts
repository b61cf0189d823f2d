const NARROW = new Set("iljtfr.,:;|!'`()[]{}/\\ -")
const WIDE = new Set('mwMWOQ@%→…')

/**
 * How wide a line of text may become, in pixels, without a font at hand.
 *
 * The widths are an upper estimate for DejaVu Sans, the widest of the fonts that a browser picks for
 * `sans-serif`, so that text set in any of them fits the box that was made for it.
 */
export function textWidth(text: string, fontSize: number, isBold = false): number {
  const units = Array.from(text).reduce((sum, character) => sum + characterWidth(character), 0)
  return Math.ceil(units * fontSize * (isBold ? 1.1 : 1))
}

function characterWidth(character: string): number {
  if (NARROW.has(character)) return 0.4
  if (WIDE.has(character)) return 0.98
  return character >= 'A' && character <= 'Z' ? 0.74 : 0.63
}

/**
 * Breaks text at spaces into lines no wider than `maximumWidth` pixels. A single word that is wider stands
 * alone on its line, so the result can be wider than asked for.
 */
export function wrapText(text: string, maximumWidth: number, fontSize: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1)
    const joined = `${last} ${word}`
    if (last !== undefined && textWidth(joined, fontSize) <= maximumWidth) lines[lines.length - 1] = joined
    else lines.push(word)
  }
  return lines
}
