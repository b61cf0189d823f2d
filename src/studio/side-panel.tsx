import { lazy, Suspense, useState } from 'react'
import { AgentErrorBoundary, type AgentErrorDetails } from '../react/index.js'
import { AgentPanel } from './agent/agent-panel.js'
import { EventLog } from './log/event-log.js'
import { HistoryLog } from './log/history-log.js'
import { useNotebook } from './notebook-context.js'
import { Button } from './parts/button.js'

/** Layouts and drawing are loaded when somebody looks. */
const Charts = lazy(() => import('./agent/charts.js').then((charts) => ({ default: charts.Charts })))

const tabs = [
  { name: 'agent', label: 'Agent' },
  { name: 'charts', label: 'Charts' },
  { name: 'history', label: 'History' },
  { name: 'events', label: 'Events' },
] as const

type TabName = (typeof tabs)[number]['name']

/** What stands beside the cells. */
export function SidePanel({ onClose }: { onClose: () => void }) {
  const { notebook } = useNotebook()
  const [shown, setShown] = useState<TabName>('agent')
  return (
    <aside className="side-panel" aria-label="Agent and events">
      <div className="tabs">
        <div role="tablist" aria-label="Agent and events">
          {tabs.map(({ name, label }) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`tab-${name}`}
              aria-selected={shown === name}
              aria-controls={shown === name ? `panel-${name}` : undefined}
              onClick={() => setShown(name)}
            >
              {label}
            </button>
          ))}
        </div>
        <Button label="Close" icon="close" isBare onPress={onClose} />
      </div>
      <div role="tabpanel" id={`panel-${shown}`} aria-labelledby={`tab-${shown}`}>
        {shown === 'agent' && (
          <AgentErrorBoundary notebookId={notebook.id} fallback={Crash}>
            <AgentPanel />
          </AgentErrorBoundary>
        )}
        {shown === 'charts' && (
          <Suspense fallback={<p className="note">Loading the charts …</p>}>
            <Charts />
          </Suspense>
        )}
        {shown === 'history' && <HistoryLog />}
        {shown === 'events' && <EventLog />}
      </div>
    </aside>
  )
}

function Crash({ failure, retry }: AgentErrorDetails) {
  return (
    <div className="failure" role="alert">
      <p>{failure.message}</p>
      <Button label="Try again" icon="restart" onPress={retry} />
    </div>
  )
}
