import { useState, useSyncExternalStore, type ReactNode } from 'react'
import { agentOf } from './actor-rows.js'
import { ActorPanel } from './actor-panel.js'
import { ActorTree } from './actor-tree.js'
import type { ActorLife, ConnectionState, Recording } from './recording.js'
import { Sequence } from './sequence.js'
import { TimeControl } from './time-control.js'
import { TimeLine } from './time-line.js'

const connectionTexts: Readonly<Record<ConnectionState, string>> = {
  waiting: 'Connecting …',
  live: 'Live',
  recorded: 'Recorded run',
  ended: 'The run has ended; what was told stays here',
}

/** Props of {@link Viewer}. */
export interface ViewerProps {
  readonly recording: Recording
  /** Name of the actor that is shown until another one is chosen. Default: the first agent. */
  readonly preferred?: string
  /** Stands at the end of the head. */
  readonly children?: ReactNode
}

/** Actors, the chosen one's chart, its messages, and the lives of all agents, at a time that can be chosen; fills its place. */
export function Viewer({ recording, preferred, children }: ViewerProps) {
  useSyncExternalStore(recording.subscribe, recording.version)
  const [chosen, choose] = useState<string>()
  const [time, setTime] = useState<number | null>(null)
  const life = recording.actors.get(chosen ?? '') ?? latestOf(recording, preferred) ?? firstOf(recording)
  return (
    <div className="viewer">
      <div className="viewer-grid">
        <header className="top">
          <h1>Runtime agents</h1>
          <span className="connection" data-state={recording.connection} role="status">
            {connectionTexts[recording.connection]}
          </span>
          <span>{countsText(recording)}</span>
          <TimeControl recording={recording} life={life} time={time} onTime={setTime} />
          {children}
        </header>
        <section className="tree" aria-label="Actors">
          <ActorTree recording={recording} time={time} selected={life?.id} onSelect={choose} />
        </section>
        <section className="panel" aria-label="Chosen actor">
          {life === undefined ? (
            <p className="empty">No actor has been seen yet.</p>
          ) : (
            <ActorPanel recording={recording} life={life} time={time} />
          )}
        </section>
        <section className="sequence" aria-label="Sequence of events">
          {life === undefined ? null : (
            <Sequence recording={recording} agent={agentOf(recording, life)} time={time} onTime={setTime} />
          )}
        </section>
        <section className="lives" aria-label="Time line" style={{ height: livesHeight(recording) }}>
          <TimeLine recording={recording} time={time} selected={life?.id} onSelect={choose} />
        </section>
      </div>
    </div>
  )
}

/** As high as the lives need, up to a part of the viewer. */
const livesHeight = (recording: Recording) => `min(38cqh, ${44 + agentsOf(recording).length * 24}px)`

const agentsOf = ({ actors }: Recording) =>
  [...actors.values()].filter(({ record }) => record.machine === 'agent')

/** Of several lives under one name the last. */
const latestOf = ({ actors }: Recording, name: string | undefined) =>
  [...actors.values()].findLast(({ record }) => record.name === name)

/** The first agent, else the first actor. */
function firstOf({ actors }: Recording): ActorLife | undefined {
  const lives = [...actors.values()]
  return lives.find(({ record }) => record.machine === 'agent') ?? lives[0]
}

function countsText(recording: Recording): string {
  const { dropped } = recording
  const agents = agentsOf(recording)
  const ended = agents.filter(({ record }) => record.endedAt !== undefined).length
  const parts = [
    `${agents.length} ${agents.length === 1 ? 'agent' : 'agents'}`,
    ...(ended === 0 ? [] : [`${ended} ended`]),
    ...(dropped === 0 ? [] : [`${dropped} transitions not shown`]),
  ]
  return parts.join(', ')
}
