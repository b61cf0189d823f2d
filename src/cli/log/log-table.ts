import { executionStatus } from '../../status/index.js'
import { count, formatDuration } from '../text/measures.js'
import { toPrintable } from '../text/printable-text.js'
import type { Style } from '../text/style.js'
import { fitWidth } from '../text/text-width.js'
import type { LogEntry, LogTransition } from './log-reader.js'

/** How a table is shown. */
export interface LogTableOptions {
  readonly columns: number
  readonly style: Style
}

interface TableEntry extends LogEntry {
  /** How many entries of the same kind the line stands for. */
  readonly repeats: number
}

const words: Readonly<Record<LogTransition, string>> = {
  'notebook.changed': 'notebook changed',
  'session.started': 'session started',
  'session.ready': 'session ready',
  'session.busy': 'session busy',
  'session.ended': 'session ended',
  'execution.requested': 'requested',
  'execution.claimed': 'claimed',
  'execution.started': 'started',
  'execution.finished': 'finished',
  'execution.cancelled': 'cancelled',
}

const timeColumns = 12
const whatColumns = Math.max(...Object.values(words).map((word) => word.length))

/** The entries as lines of a table: time, what happened, and to what. Runs of the same kind without a time become one line. */
export function logTable(entries: readonly LogEntry[], { columns, style }: LogTableOptions): string[] {
  if (entries.length === 0) return ['Nothing is recorded here.']
  const header = `${'time (UTC)'.padEnd(timeColumns)}  ${'what'.padEnd(whatColumns)}  details`
  let day = ''
  const lines = joinRepeated(entries).flatMap((entry) => {
    const date = entry.time?.slice(0, 10) ?? day
    const isNewDay = date !== day
    day = date
    return [...(isNewDay ? [style.dim(date)] : []), tableLine(entry, columns, style)]
  })
  return [style.bold(header), ...lines]
}

function tableLine(entry: TableEntry, columns: number, style: Style): string {
  const time = (entry.time?.slice(11, 23) ?? '').padEnd(timeColumns)
  const what = words[entry.transition].padEnd(whatColumns)
  const details = fitWidth(
    toPrintable(detailsOf(entry), false),
    Math.max(20, columns - time.length - what.length - 4),
  )
  return `${style.dim(time)}  ${paint(entry, style)(what)}  ${details}`.trimEnd()
}

function paint({ transition, outcome }: LogEntry, style: Style): (text: string) => string {
  if (transition === 'execution.cancelled') return style.warning
  if (transition === 'execution.finished') return outcome === 'succeeded' ? style.good : style.bad
  return transition.startsWith('session') ? style.accent : (text) => text
}

function detailsOf(entry: TableEntry): string {
  switch (entry.transition) {
    case 'notebook.changed':
      return count(entry.repeats, 'event')
    case 'session.started':
      return `${entry.runtime}  session ${shortSession(entry)}`
    case 'session.ended':
      return `${entry.reason}  session ${shortSession(entry)}`
    case 'session.ready':
    case 'session.busy':
      return `session ${shortSession(entry)}`
    case 'execution.finished':
      return [cellText(entry), finishText(entry)].join('  ')
    case 'execution.cancelled':
      return [cellText(entry), entry.reason ?? ''].join('  ')
    case 'execution.claimed':
      return `${cellText(entry)}  by session ${shortSession(entry)}`
    default:
      return entry.repeats > 1 ? count(entry.repeats, 'cell') : cellText(entry, true)
  }
}

function finishText({ outcome = 'failed', durationMs, outputs, reason }: LogEntry): string {
  const parts = [
    outcome === 'succeeded' ? 'ok' : executionStatus(outcome).text.toLowerCase(),
    formatDuration(durationMs ?? 0),
    ...(outputs ? [count(outputs, 'output')] : []),
    ...(reason ? [reason.split('\n')[0]] : []),
  ]
  return parts.join(' · ')
}

/** The part of a session's id that tells it from others; `--json` has the whole id. */
const shortSession = ({ sessionId = '' }: LogEntry) =>
  sessionId.split('-').slice(-1)[0]?.slice(-8) ?? sessionId

/** `[3] cell 5`, and its first line where there is room for it. */
function cellText({ executionCount, cell, cellId, label }: LogEntry, withLabel = false): string {
  const name = cell === undefined ? `cell ${cellId ?? ''} (deleted)` : `cell ${cell}`
  const counted = executionCount === undefined ? name : `[${executionCount}] ${name}`
  return withLabel && label ? `${counted}  ${label}` : counted
}

/** One entry for neighbours of the same kind that say little each: changes of the notebook, and requests. */
function joinRepeated(entries: readonly LogEntry[]): TableEntry[] {
  const joined: TableEntry[] = []
  for (const entry of entries) {
    const last = joined.at(-1)
    const isSame = last?.transition === entry.transition && joinable.includes(entry.transition)
    if (isSame) joined.splice(-1, 1, { ...last, repeats: last.repeats + 1 })
    else joined.push({ ...entry, repeats: 1 })
  }
  return joined
}

const joinable: readonly LogTransition[] = ['notebook.changed', 'execution.requested']
