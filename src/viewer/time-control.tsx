import { countUntil } from './moment.js'
import type { ActorLife, Recording } from './recording.js'

interface TimeControlProps {
  readonly recording: Recording
  readonly life: ActorLife | undefined
  readonly time: number | null
  readonly onTime: (time: number | null) => void
}

/** Travels in time: a slider over the whole record, steps from one transition of the chosen actor to the next, and back to now. */
export function TimeControl({ recording, life, time, onTime }: TimeControlProps) {
  const { start, end } = recording
  const now = time ?? end
  const transitions = life?.transitions ?? []
  const before = transitions[countUntil(transitions, now - 1) - 1]
  const after = transitions[countUntil(transitions, now)]
  return (
    <div className="time-control">
      <button type="button" disabled={!before} onClick={() => before && onTime(before.at)}>
        ◀ Step
      </button>
      <input
        type="range"
        aria-label="Time"
        aria-valuetext={clockTime(now)}
        min={start}
        max={Math.max(end, start + 1)}
        step={1}
        value={now}
        onChange={({ target }) => onTime(Number(target.value) >= end ? null : Number(target.value))}
      />
      <button type="button" disabled={time === null || !after} onClick={() => onTime(after?.at ?? null)}>
        Step ▶
      </button>
      <output>{start === 0 ? '' : `${clockTime(now)}  +${((now - start) / 1000).toFixed(3)} s`}</output>
      <button type="button" aria-pressed={time === null} onClick={() => onTime(null)}>
        Latest
      </button>
    </div>
  )
}

/** `14:03:22.517`, in local time. */
export function clockTime(time: number): string {
  const date = new Date(time)
  const pad = (value: number, length = 2) => String(value).padStart(length, '0')
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`
}
