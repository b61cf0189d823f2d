import { createMachine, type AnyStateMachine } from 'xstate'
import { labelText, type TransitionLabel } from '../../src/testing/transitions.js'

interface Place {
  readonly holder: Record<string, unknown>
  readonly key: string
}

interface NodeConfig {
  readonly on?: Record<string, unknown>
  readonly after?: Record<string, unknown>
  readonly invoke?: Record<string, unknown>
  readonly always?: unknown
  readonly states?: Record<string, NodeConfig>
}

interface Branch {
  readonly guard?: string
  readonly target?: string
  readonly actions?: string | readonly string[]
}

/** The machine with one branch of one transition left out. */
export const withoutTransition = <Machine extends AnyStateMachine>(
  machine: Machine,
  label: TransitionLabel,
): Machine => withBranch(machine, label, () => undefined)

/** The machine with another target of one branch. */
export const withTarget = <Machine extends AnyStateMachine>(
  machine: Machine,
  label: TransitionLabel,
  target: string,
): Machine => withBranch(machine, label, (branch) => ({ ...branch, target }))

/** The machine with one branch that lacks an action. */
export const withoutAction = <Machine extends AnyStateMachine>(
  machine: Machine,
  label: TransitionLabel,
  action: string,
): Machine =>
  withBranch(machine, label, (branch) => {
    const actions = [branch.actions ?? []].flat()
    if (!actions.includes(action)) throw new Error(`"${labelText(label)}" has no action "${action}".`)
    return { ...branch, actions: actions.filter((one) => one !== action) }
  })

/** The machine with a state that lacks an action at its entry or exit. */
export function withoutStateAction<Machine extends AnyStateMachine>(
  machine: Machine,
  state: string,
  moment: 'entry' | 'exit',
  action: string,
): Machine {
  const config = copyOf(machine.config) as NodeConfig
  const node = (config.states?.[state] ?? config) as Record<string, unknown>
  const actions = [node[moment] ?? []].flat()
  if (!actions.includes(action)) throw new Error(`The ${moment} of "${state}" has no action "${action}".`)
  node[moment] = actions.filter((one) => one !== action)
  return revived(machine, config)
}

/** The machine with one branch that has an action more. */
export const withAction = <Machine extends AnyStateMachine>(
  machine: Machine,
  label: TransitionLabel,
  action: string,
): Machine =>
  withBranch(machine, label, (branch) => ({ ...branch, actions: [...[branch.actions ?? []].flat(), action] }))

type Guard = (...args: unknown[]) => boolean

/** The machine with a guard that says the opposite. */
export const withInvertedGuard = <Machine extends AnyStateMachine>(
  machine: Machine,
  guard: string,
): Machine =>
  withGuard(
    machine,
    guard,
    (original) =>
      (...args) =>
        !original(...args),
  )

/** The machine with a guard that lets everything pass. */
export const withoutGuard = <Machine extends AnyStateMachine>(machine: Machine, guard: string): Machine =>
  withGuard(machine, guard, () => () => true)

/** The machine, built anew from a copy of its config. */
export const copiedMachine = <Machine extends AnyStateMachine>(machine: Machine): Machine =>
  revived(machine, copyOf(machine.config))

function withGuard<Machine extends AnyStateMachine>(
  machine: Machine,
  guard: string,
  change: (original: Guard) => Guard,
): Machine {
  const original = machine.implementations.guards[guard] as Guard | undefined
  if (!original) throw new Error(`There is no guard "${guard}".`)
  return machine.provide({ guards: { [guard]: change(original) } } as never) as Machine
}

function withBranch<Machine extends AnyStateMachine>(
  machine: Machine,
  label: TransitionLabel,
  change: (branch: Branch) => Branch | undefined,
): Machine {
  const config = copyOf(machine.config) as NodeConfig
  const node = label.state === '' ? config : config.states?.[label.state]
  const { holder, key } = placeOf(node ?? {}, label)
  const branches = [holder[key] ?? []].flat() as readonly (Branch | string)[]
  const chosen = branches.filter((branch) => guardOf(branch) === label.guard)
  if (chosen.length !== 1) throw new Error(`There is no transition "${labelText(label)}".`)
  const changed = branches.flatMap((branch) => {
    if (branch !== chosen[0]) return [branch]
    return change(typeof branch === 'string' ? { target: branch } : branch) ?? []
  })
  if (changed.length === 0) delete holder[key]
  else holder[key] = changed
  return revived(machine, config)
}

function revived<Machine extends AnyStateMachine>({ implementations }: Machine, config: unknown): Machine {
  const machine: AnyStateMachine = createMachine(config as never, implementations as never)
  return machine as Machine
}

/** A deep copy that keeps functions. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copyOf(entry)]))
}

function placeOf(node: NodeConfig, { event }: TransitionLabel): Place {
  const [, kind = '', name = ''] = /^(done|error|after)\((.*)\)$/.exec(event) ?? []
  if (event === 'always') return { holder: node as Record<string, unknown>, key: 'always' }
  if (kind === 'after') return { holder: node.after ?? {}, key: name }
  const named = `xstate.${kind}.actor.${name}`
  if (node.on && named in node.on) return { holder: node.on, key: named }
  if (kind === 'done') return { holder: node.invoke ?? {}, key: 'onDone' }
  if (kind === 'error') return { holder: node.invoke ?? {}, key: 'onError' }
  return { holder: node.on ?? {}, key: event }
}

const guardOf = (branch: Branch | string): string =>
  typeof branch === 'string' ? '-' : String(branch.guard ?? '-')
