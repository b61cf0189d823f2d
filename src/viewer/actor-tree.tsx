import { actorRows, type ActorRow } from './actor-rows.js'
import type { Recording } from './recording.js'
import { Rows } from './rows.js'

interface ActorTreeProps {
  readonly recording: Recording
  readonly time: number | null
  readonly selected: string | undefined
  readonly onSelect: (id: string) => void
}

/** All actors at a time: registry, agents, executions, and what they run; each with its state. */
export function ActorTree({ recording, time, selected, onSelect }: ActorTreeProps) {
  const rows = actorRows(recording, time)
  return (
    <Rows
      items={rows}
      reveal={rows.findIndex(({ life }) => life.id === selected)}
      height={26}
      label="Actors"
      keyOf={({ life }: ActorRow) => life.id}
    >
      {({ life, depth, moment }: ActorRow) => (
        <button
          type="button"
          className="actor"
          aria-current={life.id === selected || undefined}
          data-ended={!moment.isAlive || undefined}
          style={{ paddingInlineStart: 10 + depth * 16 }}
          onClick={() => onSelect(life.id)}
        >
          <span className="actor-name">{recording.titleOf(life.record)}</span>
          <StateBadge state={moment.state || (moment.isAlive ? 'active' : life.record.status)} />
        </button>
      )}
    </Rows>
  )
}

/** A state by its name and its colour. */
export const StateBadge = ({ state }: { readonly state: string }) => (
  <span className="state-badge" data-state={state}>
    {state}
  </span>
)
