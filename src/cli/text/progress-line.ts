import { count, formatClock } from './measures.js'
import type { Style } from './style.js'
import { fitWidth, textWidth } from './text-width.js'

/** What a progress line shows. */
export interface Progress {
  /** Cells that have ended, of `total`. */
  readonly done: number
  readonly total: number
  /** What goes on, for example `executing`. */
  readonly state: string
  /** The running cell; empty when none runs. */
  readonly label: string
  readonly elapsedMs: number
}

/** Where a progress line is shown. */
export interface ProgressPlace {
  readonly columns: number
  readonly style: Style
  /** False: only ASCII characters. */
  readonly unicode: boolean
  /** Number of the picture, for what turns. */
  readonly frame: number
}

const spinners = { unicode: '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'.split(''), ascii: '|/-\\'.split('') }
const widestBar = 24
const narrowestBar = 8

/**
 * One line: what turns, a bar, `cell n of N`, the agent's state, the time, and as much of the running cell as fits. On narrow
 * terminals the cell goes first, then the bar, then the state.
 */
export function progressLine(progress: Progress, place: ProgressPlace): string {
  const { columns, style } = place
  const spinner = spinnerOf(place)
  const elapsed = formatClock(progress.elapsedMs)
  const counter = counterText(progress)
  const full = [counter, progress.state, elapsed].filter((part) => part !== '').join('  ')
  if (textWidth(full) + 2 > columns) return fitWidth(`${spinner} ${counter} ${elapsed}`, columns)
  const room = columns - textWidth(full) - 4
  const barColumns = progress.total === 0 || room < narrowestBar ? 0 : Math.min(widestBar, room)
  const labelRoom = room - barColumns - 2
  const label = progress.label !== '' && labelRoom >= 8 ? fitWidth(progress.label, labelRoom) : ''
  const parts = [
    style.accent(spinner),
    barColumns === 0 ? '' : ` ${bar(progress, barColumns, place)} `,
    ` ${full}`,
    label === '' ? '' : `  ${style.dim(label)}`,
  ]
  return parts.join('')
}

function bar({ done, total }: Progress, columns: number, { style, unicode }: ProgressPlace): string {
  const filled = Math.round((Math.min(done, total) / total) * columns)
  const [full, rest] = unicode ? ['━', '─'] : ['#', '.']
  return style.good(full.repeat(filled)) + style.dim(rest.repeat(columns - filled))
}

function counterText({ done, total, label }: Progress): string {
  if (total === 0) return ''
  if (done === 0 && label === '') return count(total, 'cell')
  return `cell ${Math.min(total, label === '' ? done : done + 1)} of ${total}`
}

function spinnerOf({ unicode, frame }: ProgressPlace): string {
  const frames = unicode ? spinners.unicode : spinners.ascii
  return frames[frame % frames.length] ?? ''
}
