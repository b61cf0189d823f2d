import { isBorn, momentOf, type Moment } from './moment.js'
import type { ActorLife, Recording } from './recording.js'

/** One line of the tree of actors. */
export interface ActorRow {
  readonly life: ActorLife
  readonly depth: number
  readonly moment: Moment
}

/**
 * The actors as a tree, parents before children. Those below an agent are listed while they live; an agent that has ended
 * stays, so that its life can be looked at.
 */
export function actorRows(recording: Recording, time: number | null): ActorRow[] {
  const children = new Map<string | null, ActorLife[]>()
  for (const life of recording.actors.values()) {
    const { parent } = life.record
    const key = parent !== null && recording.actors.has(parent) ? parent : null
    children.set(key, [...(children.get(key) ?? []), life])
  }
  const rowsBelow = (parent: string | null, depth: number): ActorRow[] =>
    (children.get(parent) ?? []).flatMap((life) => {
      const moment = momentOf(life, time)
      const isListed = isBorn(life, time) && (moment.isAlive || depth < 2)
      return isListed ? [{ life, depth, moment }, ...rowsBelow(life.id, depth + 1)] : []
    })
  return rowsBelow(null, 0)
}

/** All actors of one agent, itself first: its executions, handlers, and what else it started. */
export function familyOf(recording: Recording, id: string): ActorLife[] {
  const members = new Set<string>()
  const lives = [...recording.actors.values()]
  for (const life of lives) {
    if (life.id === id || members.has(life.record.parent ?? '')) members.add(life.id)
  }
  return lives.filter((life) => members.has(life.id))
}

/** The agent that an actor belongs to; the actor itself where there is none. */
export function agentOf(recording: Recording, life: ActorLife): ActorLife {
  let current: ActorLife | undefined = life
  while (current !== undefined && current.record.machine !== 'agent') {
    current = recording.actors.get(current.record.parent ?? '')
  }
  return current ?? life
}
