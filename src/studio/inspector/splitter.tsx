import { useRef, type KeyboardEvent, type PointerEvent } from 'react'

interface SplitterProps {
  readonly label: string
  /** Part of the parent that is below, in percent. */
  readonly share: number
  readonly onShare: (share: number) => void
}

const limits = { least: 15, most: 100, step: 5 } as const

/** The upper edge of what is below, which can be moved by hand and with the arrow keys. */
export function Splitter({ label, share, onShare }: SplitterProps) {
  const place = useRef<HTMLDivElement>(null)
  const set = (next: number) => onShare(Math.min(limits.most, Math.max(limits.least, Math.round(next))))
  const drag = ({ clientY, buttons }: PointerEvent) => {
    const stage = place.current?.parentElement?.parentElement?.getBoundingClientRect()
    if (buttons === 1 && stage) set((100 * (stage.bottom - clientY)) / stage.height)
  }
  const press = (event: KeyboardEvent) => {
    const by = { ArrowUp: limits.step, ArrowDown: -limits.step }[event.key]
    if (by === undefined) return
    event.preventDefault()
    set(share + by)
  }
  return (
    <div
      ref={place}
      className="splitter"
      role="separator"
      aria-label={label}
      aria-orientation="horizontal"
      aria-valuenow={share}
      aria-valuemin={limits.least}
      aria-valuemax={limits.most}
      tabIndex={0}
      onPointerDown={({ currentTarget, pointerId }) => currentTarget.setPointerCapture(pointerId)}
      onPointerMove={drag}
      onKeyDown={press}
    />
  )
}
