/** How something stands, for colours: nothing to say, at work, well, look at it, broken. */
export type StatusTone = 'neutral' | 'progress' | 'success' | 'warning' | 'danger'

/** Names of icons; which picture belongs to which is the user interface's to decide. */
export type StatusIcon =
  | 'circle'
  | 'clock'
  | 'spinner'
  | 'check'
  | 'cross'
  | 'warning'
  | 'restart'
  | 'pause'
  | 'stop'
  | 'power'
  | 'unplugged'
  | 'ghost'

/** Something that a person can do, and why not when it cannot be done now. */
export interface StatusAction<Name extends string = string> {
  readonly name: Name
  readonly enabled: boolean
  /** One sentence; present exactly when the action is not enabled. */
  readonly reason?: string
}

/** What a user interface shows of one state. The same object for the same state, so it can be compared by identity. */
export interface Status<Action extends string = string> {
  /** A few words, capitalised, without a full stop. */
  readonly text: string
  readonly icon: StatusIcon
  readonly tone: StatusTone
  /** One sentence that says what a person can do about the failure; null without one. */
  readonly hint: string | null
  /** Every action of the machine, always in the same order. */
  readonly actions: readonly StatusAction<Action>[]
}

/** `true`: it can be done. A sentence: it cannot, because of this. */
export type Permission = true | string

/** One row of a table of states. */
export interface StatusRow<Action extends string> {
  readonly text: string
  readonly icon: StatusIcon
  readonly tone: StatusTone
  readonly actions: Readonly<Record<Action, Permission>>
}

/** The status of a row. @internal */
export function toStatus<Action extends string>(
  row: StatusRow<Action>,
  hint: string | null = null,
): Status<Action> {
  const names = Object.keys(row.actions) as Action[]
  const actions = names.map((name) => toAction(name, row.actions[name]))
  return { text: row.text, icon: row.icon, tone: row.tone, hint, actions }
}

/** The action of a status by its name. Names are the machine's own, so it is always there. */
export const actionOf = <Action extends string>(status: Status<Action>, name: Action): StatusAction<Action> =>
  status.actions.find((action) => action.name === name) as StatusAction<Action>

function toAction<Action extends string>(name: Action, permission: Permission): StatusAction<Action> {
  return permission === true ? { name, enabled: true } : { name, enabled: false, reason: permission }
}

/** Keeps what `make` returned for a key. @internal */
export function remembered<Value>(cache: Map<string, Value>, key: string, make: () => Value): Value {
  const known = cache.get(key)
  if (known !== undefined) return known
  const value = make()
  cache.set(key, value)
  return value
}
