import { tables, type ExecutionQueueData, type Store } from '@runtimed/schema'
import { agentMachine, executionMachine } from '../../machines/index.js'
import { readAgentHistory, type AgentTransition } from '../livestore/agent-history.js'
import { decodeEnd } from '../livestore/stored-end.js'
import type { ActorRecord, DefinitionRecord, LeanFrame, LeanRecord, TransitionRecord } from './lean-frame.js'
import { shownDefinition } from './machine-definition.js'

/**
 * What a store has recorded, as a viewer takes it: the agents by their history (the last 200 transitions of each), and every
 * execution by its row. Cells, outputs and reasons in words are not in it.
 */
export function recordedFrame(store: Store): LeanFrame {
  const agents = groupByAgent(readAgentHistory(store))
  const rows = store.query(tables.executionQueue.orderBy('requestSeq', 'asc'))
  const owner = [...agents.keys()][0] ?? null
  const records = [
    definition(agentMachine.config),
    definition(executionMachine.config),
    ...[...agents].flatMap(([agentId, history]) => agentRecords(agentId, history)),
    ...rows.flatMap((row) => executionRecords(row, owner)),
  ]
  return { version: 1, reset: true, isRecorded: true, dropped: 0, records: inOrder(records) }
}

function definition(config: object): DefinitionRecord {
  const shown = shownDefinition(config)
  return { kind: 'definition', id: shown.id ?? '', definition: shown }
}

function groupByAgent(history: readonly AgentTransition[]): Map<string, AgentTransition[]> {
  const groups = new Map<string, AgentTransition[]>()
  for (const transition of history) {
    groups.set(transition.agentId, [...(groups.get(transition.agentId) ?? []), transition])
  }
  return groups
}

function agentRecords(agentId: string, history: readonly AgentTransition[]): LeanRecord[] {
  const [first, last] = [history[0], history.at(-1)]
  if (first === undefined || last === undefined) return []
  const hasEnded = last.to === 'stopped'
  const actor: ActorRecord = {
    kind: 'actor',
    id: agentId,
    name: agentId,
    parent: null,
    machine: 'agent',
    value: last.to,
    status: hasEnded ? 'done' : 'stopped',
    context: { agentId, epoch: last.epoch },
    since: first.at,
    ...(hasEnded && { endedAt: last.at }),
  }
  const transitions = history.map(({ from, to, event, cause, at }): TransitionRecord => ({
    kind: 'transition',
    actor: agentId,
    source: null,
    event,
    from,
    to,
    ...(cause !== null && { guard: cause }),
    at,
  }))
  return [actor, ...transitions]
}

function executionRecords(row: ExecutionQueueData, owner: string | null): LeanRecord[] {
  const { id, cellId, startedAt, completedAt } = row
  const start = startedAt?.getTime()
  if (start === undefined) return []
  const end = completedAt?.getTime()
  const outcome = decodeEnd(row)?.outcome
  const last = outcome ?? 'handling'
  const step = (from: string, to: string, event: string, at: number): TransitionRecord => ({
    kind: 'transition',
    actor: id,
    source: null,
    event,
    from,
    to,
    at,
  })
  return [
    {
      kind: 'actor',
      id,
      name: 'execution',
      parent: owner,
      machine: 'execution',
      value: last,
      status: outcome === undefined ? 'stopped' : 'done',
      context: { executionId: id, cellId },
      since: start,
      ...(end !== undefined && { endedAt: end }),
    },
    step('', 'preparing', 'xstate.init', start),
    step('preparing', 'handling', 'xstate.done.actor.claim', start),
    ...(end === undefined ? [] : [step('handling', last, endEvents[last] ?? 'handler.settled', end)]),
  ]
}

const endEvents: Readonly<Record<string, string>> = { cancelled: 'execution.cancel' }

/** Definitions and actors first, then transitions by their times. */
function inOrder(records: readonly LeanRecord[]): LeanRecord[] {
  const timeOf = (record: LeanRecord) => (record.kind === 'transition' ? record.at : 0)
  return records.toSorted((left, right) => timeOf(left) - timeOf(right))
}
