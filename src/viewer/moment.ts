import type { InspectedValue, TransitionRecord } from '../inspection/lean-frame.js'
import type { ActorLife } from './recording.js'

/** How an actor stood at a time. */
export interface Moment {
  /** Path of its state; empty for an actor without states, or before its first one. */
  readonly state: string
  /** The transition that had led there. */
  readonly last: TransitionRecord | undefined
  readonly isAlive: boolean
}

/** How an actor stood at a time; null is now. */
export function momentOf({ record, transitions }: ActorLife, time: number | null): Moment {
  const count = time === null ? transitions.length : countUntil(transitions, time)
  const before = transitions[count - 1]
  const now = time === null ? pathOf(record.value) : (before?.to ?? '')
  const last = before?.to === now ? before : undefined
  const isBorn = time === null || record.since <= time
  const isOver = record.endedAt !== undefined && (time === null || record.endedAt <= time)
  return { state: now, last, isAlive: isBorn && !isOver }
}

/** The active leaf states of a value as paths, joined with commas. */
function pathOf(value: InspectedValue | null | undefined): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  return Object.entries(value)
    .map(([key, inner]) => [key, pathOf(inner)].filter(Boolean).join('.'))
    .join(', ')
}

/** Whether the actor was there at the time, alive or ended. */
export const isBorn = ({ record }: ActorLife, time: number | null) => time === null || record.since <= time

/** How many of the transitions had fired at a time. */
export function countUntil(transitions: readonly TransitionRecord[], time: number): number {
  let [low, high] = [0, transitions.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((transitions[middle]?.at ?? Infinity) <= time) low = middle + 1
    else high = middle
  }
  return low
}

/** One stay in a state. `end` is undefined while it lasts. */
export interface Stay {
  readonly state: string
  readonly start: number
  readonly end: number | undefined
}

/** The states that an actor went through, one after the other. */
export function staysOf({ record, transitions }: ActorLife): Stay[] {
  const moves = transitions.filter(({ from, to }) => from !== to)
  return moves.map(({ to, at }, index) => ({
    state: to,
    start: at,
    end: moves[index + 1]?.at ?? record.endedAt,
  }))
}

/** The value that a path, or several joined with commas, stands for. */
export function valueOf(path: string): InspectedValue | undefined {
  if (path === '') return undefined
  const merged: Record<string, InspectedValue> = {}
  for (const one of path.split(', ')) {
    const [head = '', ...rest] = one.split('.')
    const inner = rest.length === 0 ? undefined : valueOf(rest.join('.'))
    const known = merged[head]
    merged[head] = { ...(typeof known === 'object' && known), ...asObject(inner) }
  }
  const keys = Object.keys(merged)
  const [only = ''] = keys
  return keys.length === 1 && Object.keys(merged[only] ?? {}).length === 0 ? only : merged
}

const asObject = (value: InspectedValue | undefined): Record<string, InspectedValue | undefined> =>
  value === undefined ? {} : typeof value === 'string' ? { [value]: {} } : { ...value }
