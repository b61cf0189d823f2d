import { useEffect, useRef, useState, type ReactNode } from 'react'

interface RowsProps<Item> {
  readonly items: readonly Item[]
  /** Pixels of one row. */
  readonly height: number
  readonly label: string
  readonly keyOf: (item: Item) => string
  readonly children: (item: Item) => ReactNode
  /** Scrolls to the last row whenever there is a new one. */
  readonly followsEnd?: boolean
  /** The row that is brought into view when it becomes another one; -1 for none. */
  readonly reveal?: number
  /** Stands above the rows and scrolls sideways with them. */
  readonly header?: ReactNode
  /** Pixels that the rows need at least. */
  readonly minWidth?: number
}

/** A long list of which only the rows in view are in the page. */
export function Rows<Item>(props: RowsProps<Item>) {
  const {
    items,
    height,
    label,
    keyOf,
    children,
    followsEnd = false,
    reveal = -1,
    header,
    minWidth = 0,
  } = props
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 400 })
  useEffect(() => {
    const element = box.current
    if (!element) return
    const look = () => setView({ top: element.scrollTop, height: element.clientHeight })
    const observer = new ResizeObserver(look)
    observer.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [])
  useEffect(() => {
    if (followsEnd && box.current) box.current.scrollTop = items.length * height
  }, [followsEnd, items.length, height])
  useEffect(() => {
    const element = box.current
    if (!element || reveal < 0) return
    const top = reveal * height
    const isInView = top >= element.scrollTop && top + height <= element.scrollTop + element.clientHeight
    if (!isInView) element.scrollTop = top - element.clientHeight / 2
  }, [reveal, height])
  const first = Math.max(0, Math.floor(view.top / height) - 4)
  const last = Math.ceil((view.top + view.height) / height) + 4
  return (
    <div
      className="rows"
      ref={box}
      role={items.length === 0 ? 'group' : 'list'}
      aria-label={label}
      tabIndex={0}
    >
      {header}
      <div style={{ height: items.length * height, position: 'relative', minWidth }}>
        {items.slice(first, last).map((item, index) => (
          <div
            key={keyOf(item)}
            role="listitem"
            className="row"
            style={{ position: 'absolute', insetInline: 0, top: (first + index) * height, height }}
          >
            {children(item)}
          </div>
        ))}
      </div>
    </div>
  )
}
