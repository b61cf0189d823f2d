import type { TransitionRecord } from '../inspection/lean-frame.js'
import { eventText } from '../stately/event-text.js'
import { familyOf } from './actor-rows.js'
import { Rows } from './rows.js'
import { clockTime } from './time-control.js'
import type { ActorLife, Recording } from './recording.js'

interface SequenceProps {
  readonly recording: Recording
  /** The agent whose messages are shown. */
  readonly agent: ActorLife
  readonly time: number | null
  readonly onTime: (time: number) => void
}

/** Messages that are shown at most, the latest ones. */
const shownMessages = 2_000

const laneWidth = 122
const timeWidth = 100
const rowHeight = 34
const outside = '(outside)'

interface Message {
  readonly id: string
  readonly from: number
  readonly to: number
  readonly transition: TransitionRecord
}

/**
 * The events between an agent, its executions and what they run, in order, one row each. Actors that follow one another under
 * the same name (each execution is a new one) share a lane.
 */
export function Sequence({ recording, agent, time, onTime }: SequenceProps) {
  const { lanes, messages } = sequenceOf(recording, agent, time)
  const width = timeWidth + lanes.length * laneWidth
  return (
    <Rows
      items={messages}
      height={rowHeight}
      label="Events between actors"
      keyOf={({ id }: Message) => id}
      followsEnd
      minWidth={width}
      header={<Lanes lanes={lanes} width={width} />}
    >
      {(message: Message) => (
        <button type="button" className="message" onClick={() => onTime(message.transition.at)}>
          <svg width={width} height={rowHeight} role="img" aria-label={describe(message, lanes)}>
            {lanes.map((lane, index) => (
              <line key={lane} className="lane" x1={laneX(index)} x2={laneX(index)} y1={0} y2={rowHeight} />
            ))}
            <text className="at" x={8} y={rowHeight / 2 + 4}>
              {clockTime(message.transition.at)}
            </text>
            <Arrow {...message} />
          </svg>
        </button>
      )}
    </Rows>
  )
}

function Lanes({ lanes, width }: { readonly lanes: readonly string[]; readonly width: number }) {
  return (
    <div className="lanes" style={{ minWidth: width }}>
      {lanes.map((lane, index) => (
        <span
          key={lane}
          style={{ left: laneX(index) - laneWidth / 2 + 4, width: laneWidth - 8 }}
          title={lane}
        >
          {lane}
        </span>
      ))}
    </div>
  )
}

function Arrow({ from, to, transition }: Message) {
  const [start, end] = [laneX(from), laneX(to)]
  const isSelf = from === to
  const y = rowHeight - 8
  const point = start < end ? -7 : 7
  const line = isSelf ? `M${start} ${y - 9}h22v9h-20` : `M${start} ${y}H${end}`
  const head = isSelf ? `M${start} ${y}l8 -4v8z` : `M${end} ${y}l${point} -4v8z`
  const label = eventText(transition.event)
  const middle = isSelf ? start + 30 : (start + end) / 2
  const anchor = isSelf ? 'start' : 'middle'
  return (
    <g className="arrow">
      <path className="stroke" d={line} />
      <path className="tip" d={head} />
      <text x={middle} y={isSelf ? y : y - 6} textAnchor={anchor}>
        {label}
      </text>
    </g>
  )
}

const laneX = (index: number) => timeWidth + laneWidth * (index + 0.5)

function describe({ from, to, transition }: Message, lanes: readonly string[]): string {
  return `${clockTime(transition.at)}: ${lanes[from]} to ${lanes[to]}, ${eventText(transition.event)}`
}

function sequenceOf(
  recording: Recording,
  agent: ActorLife,
  time: number | null,
): { lanes: string[]; messages: Message[] } {
  const family = familyOf(recording, agent.id)
  const nameOf = (id: string | null) => {
    const sender = id === null ? undefined : recording.actors.get(id)
    return sender === undefined ? outside : recording.titleOf(sender.record)
  }
  const transitions = family
    .flatMap((life) => life.transitions)
    .filter(({ from, at }) => from !== '' && (time === null || at <= time))
    .sort((left, right) => recording.orderOf(left) - recording.orderOf(right))
    .slice(-shownMessages)
  const lanes = [outside, recording.titleOf(agent.record)]
  const laneOf = (name: string) => {
    const index = lanes.indexOf(name)
    return index === -1 ? lanes.push(name) - 1 : index
  }
  for (const { record } of family) if (record.machine !== null) laneOf(recording.titleOf(record))
  const messages = transitions.map((transition, index) => {
    const to = laneOf(nameOf(transition.actor))
    const isTimer = transition.event.startsWith('xstate.after.')
    return {
      id: `${transition.at} ${transition.actor} ${transition.event} ${index}`,
      from: isTimer ? to : laneOf(nameOf(transition.source)),
      to,
      transition,
    }
  })
  return { lanes, messages }
}
