import { createMachine, type AnyStateMachine } from 'xstate'
import { agentMachine } from '../../machines/index.js'
import { labelText, type TransitionLabel } from '../machines/transitions.js'

interface Place {
  readonly holder: Record<string, unknown>
  readonly key: string
}

interface NodeConfig {
  readonly on?: Record<string, unknown>
  readonly after?: Record<string, unknown>
  readonly invoke?: Record<string, unknown>
  readonly states?: Record<string, NodeConfig>
}

/** The agent's machine with one branch of one transition left out. */
export function agentMachineWithout(label: TransitionLabel): typeof agentMachine {
  const config = copyOf(agentMachine.config) as NodeConfig
  const node = label.state === '' ? config : config.states?.[label.state]
  const { holder, key } = placeOf(node ?? {}, label)
  const branches = [holder[key]].flat()
  const left = branches.filter((branch) => guardOf(branch) !== label.guard)
  if (left.length !== branches.length - 1) throw new Error(`There is no transition "${labelText(label)}".`)
  if (left.length === 0) delete holder[key]
  else holder[key] = left
  return revived(config)
}

/** The agent's machine, built anew from a copy of its config. */
export const copiedAgentMachine = (): typeof agentMachine => revived(copyOf(agentMachine.config))

function revived(config: unknown): typeof agentMachine {
  const machine: AnyStateMachine = createMachine(config as never, agentMachine.implementations as never)
  return machine as typeof agentMachine
}

/** A deep copy that keeps functions. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copyOf(entry)]))
}

function placeOf(node: NodeConfig, { event }: TransitionLabel): Place {
  const [, kind = '', name = ''] = /^(done|error|after)\((.*)\)$/.exec(event) ?? []
  if (kind === 'after') return { holder: node.after ?? {}, key: name }
  if (kind === 'done') return { holder: node.invoke ?? {}, key: 'onDone' }
  if (kind === 'error') return { holder: node.invoke ?? {}, key: 'onError' }
  return { holder: node.on ?? {}, key: event }
}

const guardOf = (branch: unknown): string =>
  typeof branch === 'object' && branch !== null && 'guard' in branch ? String(branch.guard) : '-'
