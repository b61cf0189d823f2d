import { useEffect, useRef, useState } from 'react'
import type { ChartLayout } from '../chart/chart-layout.js'
import { machineLayouts, type MachineName } from '../chart/machine-layouts.js'
import { StateChart } from '../chart/state-chart.js'
import type { StateDefinition } from '../stately/machine-definition.js'
import { eventText } from '../stately/event-text.js'
import { StateBadge } from './actor-tree.js'
import { momentOf, valueOf } from './moment.js'
import type { ActorLife, Recording } from './recording.js'

interface ActorPanelProps {
  readonly recording: Recording
  readonly life: ActorLife
  readonly time: number | null
}

/** One actor: its state chart with the active state lit, what led there, and what is known of its context. */
export function ActorPanel({ recording, life, time }: ActorPanelProps) {
  const { record } = life
  const title = recording.titleOf(record)
  const { state, last } = momentOf(life, time)
  const definition = record.machine === null ? undefined : recording.machines.get(record.machine)
  const layout = useLayout(definition)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const active = [...(box.current?.querySelectorAll('.state[data-active]') ?? [])].at(-1)
    if (state !== '' && layout) active?.scrollIntoView({ block: 'center', inline: 'center' })
  }, [state, layout])
  return (
    <>
      <header className="panel-head">
        <h2>{title}</h2>
        {state === '' ? null : <StateBadge state={state} />}
        {last === undefined ? null : (
          <span className="reason">
            {eventText(last.event)}
            {last.guard === undefined ? '' : ` [${last.guard}]`}
          </span>
        )}
      </header>
      {record.context === undefined ? null : <Context context={record.context} />}
      <div className="chart-box" ref={box} tabIndex={0} aria-label={`State chart of ${title}`}>
        {layout === undefined ? (
          <p className="empty">
            {definition === undefined ? 'This actor has no states.' : 'Laying out the chart …'}
          </p>
        ) : (
          <StateChart layout={layout} value={valueOf(state)} last={last} />
        )}
      </div>
    </>
  )
}

function Context({ context }: { readonly context: Readonly<Record<string, unknown>> }) {
  const shown = Object.entries(context).filter(([, value]) => value !== null && value !== false)
  return (
    <dl className="context" aria-label="Context, as it is now">
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  )
}

/** The layout that is at hand, else one that is computed here; undefined until then. */
function useLayout(definition: StateDefinition | undefined): ChartLayout | undefined {
  const known = definition && knownLayout(definition)
  const [computed, setComputed] = useState<{ of: StateDefinition; layout: ChartLayout }>()
  useEffect(() => {
    if (definition === undefined || known !== undefined) return
    let isWanted = true
    void import('../stately/chart-layout.js')
      .then(({ chartLayout }) => chartLayout(definition))
      .then((layout) => isWanted && setComputed({ of: definition, layout }))
    return () => void (isWanted = false)
  }, [definition, known])
  return known ?? (computed?.of === definition ? computed?.layout : undefined)
}

/** A machine of the same name may be another one, or of another version. */
function knownLayout(definition: StateDefinition): ChartLayout | undefined {
  const layout: ChartLayout | undefined = machineLayouts[definition.id as MachineName]
  const states = Object.keys(definition.states ?? {})
  const isSame =
    layout?.states.length === states.length + 1 &&
    layout.states.every(({ path }) => path === '' || states.includes(path))
  return isSame ? layout : undefined
}
