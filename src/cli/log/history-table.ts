import type { AgentTransition } from '../../index.js'
import type { Style } from '../text/style.js'

/** The transitions of agents as lines of a table: time, agent, states, and why. */
export function historyTable(history: readonly AgentTransition[], style: Style): string[] {
  if (history.length === 0) return ['No transitions of an agent are recorded here.']
  const cells = history.map(toCells)
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [style.bold(line(headings)), ...cells.map(line)]
}

const headings = ['time (UTC)', 'agent', 'life', 'from', 'to', 'event', 'cause'] as const

const toCells = ({ at, agentId, epoch, from, to, event, cause }: AgentTransition): string[] => [
  new Date(at).toISOString().slice(11, 23),
  agentId.replace(/^agent:/, ''),
  String(epoch),
  from,
  to,
  event,
  cause ?? '',
]
