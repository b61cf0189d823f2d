/** Anything that JSON can carry. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** One value or a list of them, as XState accepts in most places. */
export type OneOrMany<Value> = Value | readonly Value[]

/** A guard, an action or a delay by name, with its parameters when they are static. */
export type NamedDefinition = string | { readonly type: string; readonly params?: JsonValue }

/** One way out of a state. Without a `target` the machine stays where it is and only runs the actions. */
export interface TransitionDefinition {
  readonly target?: OneOrMany<string>
  readonly guard?: NamedDefinition
  readonly actions?: OneOrMany<NamedDefinition>
  readonly reenter?: boolean
  readonly description?: string
}

/** What stands behind one event: a target, a transition, or several candidates in order. */
export type TransitionsDefinition = OneOrMany<string | TransitionDefinition>

/** An actor that runs while its state is active. */
export interface InvokeDefinition {
  readonly id?: string
  readonly src: string
  readonly onDone?: TransitionsDefinition
  readonly onError?: TransitionsDefinition
  readonly onSnapshot?: TransitionsDefinition
}

/** The five kinds of state node of XState. */
export type StateType = 'atomic' | 'compound' | 'parallel' | 'final' | 'history'

/**
 * A machine, or one state of it, as plain JSON: the shape of XState's `machine.config` without functions.
 * It is what `NAME.machine.json` holds and what an inspector receives as the definition of an actor.
 */
export interface StateDefinition {
  readonly id?: string
  readonly type?: StateType
  readonly description?: string
  readonly tags?: OneOrMany<string>
  readonly initial?: string | { readonly target: string; readonly actions?: OneOrMany<NamedDefinition> }
  readonly history?: 'shallow' | 'deep' | boolean
  readonly target?: string
  readonly entry?: OneOrMany<NamedDefinition>
  readonly exit?: OneOrMany<NamedDefinition>
  readonly invoke?: OneOrMany<InvokeDefinition>
  readonly on?: Readonly<Record<string, TransitionsDefinition>>
  readonly always?: TransitionsDefinition
  readonly after?: Readonly<Record<string, TransitionsDefinition>>
  readonly onDone?: TransitionsDefinition
  readonly states?: Readonly<Record<string, StateDefinition>>
}

/** Reads "one, many or none" as a list. */
export function toList<Value>(value: OneOrMany<Value> | undefined): readonly Value[] {
  if (value === undefined) return []
  return Array.isArray(value) ? (value as readonly Value[]) : [value as Value]
}
