import { styleText } from 'node:util'

/** Colours of words on a terminal; all of them leave the text alone where colours are off. */
export interface Style {
  readonly isColoured: boolean
  bold(text: string): string
  dim(text: string): string
  good(text: string): string
  bad(text: string): string
  warning(text: string): string
  accent(text: string): string
}

/** Makes a style. */
export function createStyle(isColoured: boolean): Style {
  const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    isColoured && text !== '' ? styleText(format, text, { validateStream: false } as never) : text
  return {
    isColoured,
    bold: paint('bold'),
    dim: paint('dim'),
    good: paint('green'),
    bad: paint('red'),
    warning: paint('yellow'),
    accent: paint('cyan'),
  }
}

/** Whether a stream gets colours: terminals do, unless `NO_COLOR` is set or the terminal is dumb. */
export function wantsColour(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
}
