import { useEffect, useRef, useState } from 'react'
import { staysOf, type Stay } from './moment.js'
import type { ActorLife, Recording } from './recording.js'
import { Rows } from './rows.js'

interface TimeLineProps {
  readonly recording: Recording
  readonly time: number | null
  readonly selected: string | undefined
  readonly onSelect: (id: string) => void
}

const nameWidth = 190
const rowHeight = 24

/** The lives of all agents, one row each: how long each was in which state. */
export function TimeLine({ recording, time, selected, onSelect }: TimeLineProps) {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box) - nameWidth - 24
  const agents = [...recording.actors.values()].filter(({ record }) => record.machine === 'agent')
  const end = useEnd(recording)
  const start = Math.min(end, ...agents.map(({ record }) => record.since))
  const toX = (at: number) => ((at - start) / Math.max(1, end - start)) * Math.max(1, width)
  return (
    <div className="time-line" ref={box}>
      <Legend agents={agents} />
      <Rows
        items={agents}
        reveal={agents.findIndex(({ id }) => id === selected)}
        height={rowHeight}
        label="Lives of agents"
        keyOf={(life: ActorLife) => life.id}
      >
        {(life: ActorLife) => (
          <button
            type="button"
            className="life"
            aria-current={life.id === selected || undefined}
            onClick={() => onSelect(life.id)}
          >
            <span className="life-name" style={{ width: nameWidth }}>
              {recording.titleOf(life.record)}
            </span>
            <svg width={Math.max(1, width)} height={rowHeight} aria-hidden="true">
              {blocksOf(staysOf(life), toX, end).map((block) => (
                <Block key={block.x} {...block} />
              ))}
              {time === null ? null : (
                <line className="cursor" x1={toX(time)} x2={toX(time)} y1={0} y2={rowHeight} />
              )}
            </svg>
          </button>
        )}
      </Rows>
    </div>
  )
}

interface BlockProps {
  readonly state: string
  readonly x: number
  readonly width: number
}

/** Pixels of a letter of a label, generously. */
const letterWidth = 7

function Block({ state, x, width }: BlockProps) {
  const isRoomy = width > state.length * letterWidth + 8
  return (
    <g className="block" data-state={state}>
      <rect x={x} y={3} width={width} height={rowHeight - 6} rx={2} />
      {isRoomy ? (
        <text x={x + 4} y={rowHeight / 2}>
          {state}
        </text>
      ) : null}
    </g>
  )
}

/** Stays as blocks of at least a pixel: of several that fall into the same one, the last is shown. */
function blocksOf(stays: readonly Stay[], toX: (at: number) => number, now: number): BlockProps[] {
  const blocks: BlockProps[] = []
  for (const { state, start, end = now } of stays) {
    const x = toX(start)
    const last = blocks.at(-1)
    if (last !== undefined && last.x + last.width > x) blocks.pop()
    const from = last !== undefined && last.x + last.width > x ? last.x : x
    blocks.push({ state, x: from, width: Math.max(1.5, toX(end) - from) })
  }
  return blocks
}

function Legend({ agents }: { readonly agents: readonly ActorLife[] }) {
  const seen = new Set(agents.flatMap(({ transitions }) => transitions.map(({ to }) => to)))
  return (
    <ul className="legend" aria-label="Colours of states">
      {[...seen].map((state) => (
        <li key={state} className="state-badge" data-state={state}>
          {state}
        </li>
      ))}
    </ul>
  )
}

function useWidth(box: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(600)
  useEffect(() => {
    const element = box.current
    if (!element) return
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [box])
  return width
}

/** Milliseconds after which a life that goes on is drawn longer. */
const growMs = 1_000

/** The end of what is known; now, while more is coming. */
function useEnd({ connection, end }: Recording): number {
  const [now, setNow] = useState(0)
  const isLive = connection === 'live'
  useEffect(() => {
    if (!isLive) return
    const timer = setInterval(() => setNow(Date.now()), growMs)
    return () => clearInterval(timer)
  }, [isLive])
  return isLive ? Math.max(now, end) : end
}
