import { agentHistory$, type AgentTransition } from '../../browser.js'
import { useNotebookQuery } from '../../react/livestore/index.js'
import { eventText } from '../../stately/event-text.js'
import { Button } from '../parts/button.js'
import { saveFile } from '../parts/save-file.js'

/** The last transitions of the notebook's agent in this browser, latest first. */
export function HistoryLog() {
  const transitions = useNotebookQuery(agentHistory$)
  const save = () => saveFile('agent-history.json', JSON.stringify(transitions, null, 2), 'application/json')
  return (
    <section className="log" aria-label="History">
      <p className="note" role="status">
        {transitions.length === 1 ? '1 transition' : `${transitions.length} transitions`} of the agent in this
        browser
      </p>
      {transitions.length > 0 && <Button label="Save as JSON" icon="save" onPress={save} />}
      <ol className="log-rows" aria-label="Transitions of the agent, latest first">
        {transitions.toReversed().map((transition, index) => (
          <TransitionRow key={transitions.length - index} transition={transition} />
        ))}
      </ol>
    </section>
  )
}

function TransitionRow({ transition }: { transition: AgentTransition }) {
  const { from, to, event, cause, epoch, at } = transition
  return (
    <li className="history-row">
      <time className="log-number" dateTime={new Date(at).toISOString()}>
        {new Date(at).toLocaleTimeString()}
      </time>
      <span className="log-name">{from === to ? `${to}, again` : `${from} → ${to}`}</span>
      <span className="history-cause">
        {eventText(event)}
        {cause !== null && ` · ${cause}`}
        {` · life ${epoch}`}
      </span>
    </li>
  )
}
