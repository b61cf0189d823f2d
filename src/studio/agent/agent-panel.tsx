import { useState, useSyncExternalStore } from 'react'
import { useAgents, useExecution, useRuntimeAgent, useRuntimeSessions } from '../../react/index.js'
import { actionOf } from '../../status/index.js'
import { useNotebook } from '../notebook-context.js'
import { Button } from '../parts/button.js'
import { StatusBadge } from '../parts/status-badge.js'
import { durationText, useClock } from '../parts/use-clock.js'
import type { AgentCommand } from '../workspace/agent-host.js'
import { idleChoices, readIdleLimit, writeIdleLimit } from '../workspace/idle-limit.js'
import { NetworkChoice } from './network-choice.js'
import { useAgentReading } from './use-agent-reading.js'

/** The agent of the shown notebook: how it stands, what it does, and what can be done with it. */
export function AgentPanel() {
  const { notebook } = useNotebook()
  const { status, failure, restartInMs, queue, agent } = useRuntimeAgent(notebook.id)
  const role = useSyncExternalStore(notebook.host.subscribe, notebook.host.getRole)
  const tell = (command: AgentCommand) => notebook.host.command(command)
  const isDown = status.tone === 'danger' || status.tone === 'warning'
  return (
    <section className="agent" aria-label="Agent">
      <p className="agent-state" role="status">
        <StatusBadge status={status} />
      </p>
      {restartInMs > 0 && <p className="countdown">Starts again in {Math.ceil(restartInMs / 1000)} s</p>}
      {failure && isDown && (
        <div className="failure" role="alert">
          <p>{failure.message}</p>
          {status.hint && <p className="next-action">{status.hint}</p>}
        </div>
      )}
      {failure && !isDown && <p className="note">Before this life: {failure.message}</p>}
      {role === 'guest' && (
        <p className="note">It lives in another tab, and comes here when that one is closed.</p>
      )}
      <AgentActions status={status} tell={tell} />
      <ForceOffer tell={tell} />
      <AgentFacts queueLength={queue.filter(({ position }) => position > 0).length} />
      {agent && role === 'host' && <PinSwitch tell={tell} />}
      <IdleChoice />
      {notebook.runtime === 'python' && <NetworkChoice />}
      <OtherAgents />
    </section>
  )
}

interface Telling {
  readonly tell: (command: AgentCommand) => void
}

function AgentActions({ status, tell }: Telling & { status: ReturnType<typeof useRuntimeAgent>['status'] }) {
  return (
    <div className="actions">
      {actions.map(({ name, label, icon }) => {
        const action = actionOf(status, name)
        const isMain = name === 'start' && action.enabled
        return (
          <Button
            key={name}
            label={label}
            icon={icon}
            kind={isMain ? 'primary' : 'plain'}
            disabledReason={action.reason}
            onPress={() => tell(name)}
          />
        )
      })}
      {actionOf(status, 'keep').enabled && (
        <Button label="Keep it" icon="clock" kind="primary" onPress={() => tell('keep')} />
      )}
    </div>
  )
}

const actions = [
  { name: 'start', label: 'Start', icon: 'play' },
  { name: 'interrupt', label: 'Interrupt', icon: 'pause' },
  { name: 'restart', label: 'Restart', icon: 'restart' },
  { name: 'stop', label: 'Stop', icon: 'stop' },
] as const

function ForceOffer({ tell }: Telling) {
  const cellId = useAgentReading(({ context }) => context.current?.cellId ?? '')
  return cellId ? <ForceOfferOf cellId={cellId} tell={tell} /> : null
}

/** A cell that does not react to its interrupt can be ended with its runtime. */
function ForceOfferOf({ cellId, tell }: Telling & { cellId: string }) {
  const { isForceOffered } = useExecution(cellId)
  if (!isForceOffered) return null
  return (
    <div className="failure" role="alert">
      <p>The cell does not stop. It can be ended by force; variables are lost then.</p>
      <Button label="End by force" icon="power" kind="danger" onPress={() => tell('force')} />
    </div>
  )
}

function AgentFacts({ queueLength }: { queueLength: number }) {
  const { notebook, workspace } = useNotebook()
  const [session] = useRuntimeSessions()
  const since = useSyncExternalStore(workspace.transitions.subscribe, () =>
    workspace.transitions.upSince(`agent:${notebook.id}`),
  )
  const now = useClock(since !== undefined, 1_000)
  return (
    <dl className="facts">
      <dt>Runtime</dt>
      <dd>{runtimeNames[notebook.runtime]}</dd>
      <dt>Session</dt>
      <dd>{session ? <code>{session.sessionId.slice(0, 18)}</code> : '–'}</dd>
      <dt>Up for</dt>
      <dd>{since === undefined ? '–' : durationText(now - since)}</dd>
      <dt>Waiting</dt>
      <dd>{queueLength === 0 ? 'nothing' : `${queueLength} ${queueLength === 1 ? 'cell' : 'cells'}`}</dd>
    </dl>
  )
}

const runtimeNames = { python: 'Python in this browser', html: 'HTML' } as const

function PinSwitch({ tell }: Telling) {
  const isPinned = useAgentReading(({ context }) => context.isPinned) ?? false
  return (
    <Button
      label={isPinned ? 'Pinned: stays when idle' : 'Pin: stay when idle'}
      icon="pin"
      isPressed={isPinned}
      onPress={() => tell(isPinned ? 'unpin' : 'pin')}
    />
  )
}

/** When idle runtimes are ended; counts for those that are started from then on. */
function IdleChoice() {
  const [limit, setLimit] = useState(() => readIdleLimit(localStorage))
  const chosen = Object.entries(idleChoices).find(([, { idleCullMs }]) => idleCullMs === limit.idleCullMs)
  const choose = (name: string) => {
    const next = idleChoices[name as keyof typeof idleChoices]
    writeIdleLimit(localStorage, next)
    setLimit(next)
  }
  return (
    <label className="choice">
      End idle runtimes after
      <select value={chosen?.[0] ?? ''} onChange={(event) => choose(event.target.value)}>
        {!chosen && <option value="">{durationText(limit.idleCullMs)}</option>}
        {Object.keys(idleChoices).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  )
}

/** The agents of other notebooks in this tab. */
function OtherAgents() {
  const { notebook, workspace } = useNotebook()
  const others = useAgents().filter(({ config }) => config.notebookId !== notebook.id)
  const entries = useSyncExternalStore(workspace.catalog.subscribe, workspace.catalog.getSnapshot)
  if (others.length === 0) return null
  const titleOf = (id: string) => entries.find((entry) => entry.id === id)?.title ?? id
  return (
    <div className="others">
      <h2>Also in this tab</h2>
      <ul>
        {others.map(({ config: { notebookId } }) => (
          <OtherAgent key={notebookId} notebookId={notebookId} title={titleOf(notebookId)} />
        ))}
      </ul>
    </div>
  )
}

function OtherAgent({ notebookId, title }: { notebookId: string; title: string }) {
  const { status } = useRuntimeAgent(notebookId)
  return (
    <li>
      <a href={`#/${notebookId}`}>{title}</a> <StatusBadge status={status} />
    </li>
  )
}
