import { useCallback, useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'
import { StateChart } from '../../chart/state-chart.js'
import '../../chart/state-chart.css'
import { useNotebook } from '../notebook-context.js'
import { Button } from '../parts/button.js'
import type { Transition } from '../workspace/transition-feed.js'
import { useAgentReading } from './use-agent-reading.js'

/** The charts of the shown notebook's agent and of the registry, as they stand. */
export function Charts() {
  const { notebook, workspace } = useNotebook()
  const agent = useAgentReading(({ value }) => value)
  const registry = useRegistryState()
  return (
    <>
      <ChartFrame title="Agent" state={agent} last={useTransition(`agent:${notebook.id}`)}>
        {(last) => <StateChart machine="agent" value={agent} last={last} />}
      </ChartFrame>
      <ChartFrame title="Registry" state={registry} last={useTransition(workspace.registry.actorRef.id)}>
        {(last) => <StateChart machine="registry" value={registry} last={last} />}
      </ChartFrame>
    </>
  )
}

interface ChartFrameProps {
  readonly title: string
  readonly state: string | undefined
  readonly last: Transition | undefined
  readonly children: (last: Transition | undefined) => ReactNode
}

/** A chart at its own size in a window that moves to what is active, and as a whole in a dialog. */
function ChartFrame({ title, state, last, children }: ChartFrameProps) {
  const place = useRef<HTMLDivElement>(null)
  const dialog = useRef<HTMLDialogElement>(null)
  const [isLarge, setLarge] = useState(false)
  useEffect(() => {
    if (place.current) centre(place.current)
  }, [state])
  return (
    <section className="chart" aria-label={`${title} chart`}>
      <div className="chart-head">
        <h2>{title}</h2>
        <Button
          label={`Enlarge the chart of the ${title.toLowerCase()}`}
          icon="panel"
          isBare
          onPress={() => {
            setLarge(true)
            dialog.current?.showModal()
          }}
        />
      </div>
      <p className="note" aria-live="polite">
        {last ? `${last.from} → ${last.to} on ${last.event}` : 'No transition yet'}
      </p>
      <div
        className="chart-window"
        ref={place}
        tabIndex={0}
        role="group"
        aria-label={`${title} chart, close up`}
      >
        {children(last)}
      </div>
      <dialog
        ref={dialog}
        className="chart-dialog"
        aria-label={`${title} chart`}
        onClose={() => setLarge(false)}
      >
        {isLarge && (
          <>
            <Button label="Close" icon="close" isBare onPress={() => dialog.current?.close()} />
            {children(last)}
          </>
        )}
      </dialog>
    </section>
  )
}

function centre(place: HTMLElement): void {
  const active = [...place.querySelectorAll('[data-active] > .box')].at(-1)
  if (!active) return
  const [outer, inner] = [place.getBoundingClientRect(), active.getBoundingClientRect()]
  place.scrollBy({
    left: inner.x + inner.width / 2 - outer.x - outer.width / 2,
    top: inner.y + inner.height / 2 - outer.y - outer.height / 2,
    behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth',
  })
}

function useTransition(actorId: string): Transition | undefined {
  const { transitions } = useNotebook().workspace
  return useSyncExternalStore(transitions.subscribe, () => transitions.transitionOf(actorId))
}

function useRegistryState() {
  const { actorRef } = useNotebook().workspace.registry
  const subscribe = useCallback(
    (listener: () => void) => {
      const subscription = actorRef.subscribe(listener)
      return () => subscription.unsubscribe()
    },
    [actorRef],
  )
  return useSyncExternalStore(subscribe, () => actorRef.getSnapshot().value)
}
