import type { JsonValue } from './machine-definition.js'

/** The part of an XState machine that the artefacts are made from. */
export interface MachineLike {
  readonly config: object
}

const COMPUTED_VALUES = new Set(['context', 'input', 'output', 'params', 'schemas', 'types'])
const STATIC_MAPS = new Set(['on', 'states', 'after'])

/**
 * The text of `NAME.machine.json`: the machine's own config as JSON, two spaces deep, in document order.
 *
 * - An inline function, such as an unnamed guard, becomes its name; `and`, `or` and `not` become
 *   `not(queue is empty)`; inline actor logic becomes `inline actor`.
 * - Values that are computed when the machine runs (a context factory, the input of an invoked actor, the
 *   parameters of an action) are left out when they are functions and kept when they are data.
 * - `undefined` behind an event forbids it in XState and becomes `{}`, which means the same in JSON.
 *
 * `createMachine(JSON.parse(text))` has the same states, events and transitions as the original.
 */
export function machineToJson(machine: MachineLike): string {
  return `${JSON.stringify(toJson(machine.config, ''), null, 2)}\n`
}

function toJson(value: unknown, parentKey: string): JsonValue {
  if (typeof value === 'function') return functionName(value as NamedFunction)
  if (Array.isArray(value)) return value.map((item) => toJson(item, parentKey))
  if (typeof value === 'object' && value !== null) return objectToJson(value, parentKey)
  return (value ?? null) as JsonValue
}

function objectToJson(value: object, parentKey: string): JsonValue {
  if (isActorLogic(value)) return 'inline actor'
  const isMap = STATIC_MAPS.has(parentKey)
  const entries = Object.entries(value).flatMap(([key, item]): [string, JsonValue][] => {
    if (item === undefined) return isMap && parentKey === 'on' ? [[key, {}]] : []
    if (!isMap && typeof item === 'function' && COMPUTED_VALUES.has(key)) return []
    return [[key, toJson(item, isMap ? '' : key)]]
  })
  return Object.fromEntries(entries)
}

function isActorLogic(value: object): boolean {
  return 'transition' in value && typeof value.transition === 'function'
}

interface NamedFunction {
  readonly name: string
  readonly type?: string
  readonly guards?: readonly unknown[]
}

function functionName(named: NamedFunction): string {
  if (named.guards) return `${named.name}(${named.guards.map(guardName).join(', ')})`
  return named.type ?? (named.name || 'inline')
}

function guardName(guard: unknown): string {
  if (typeof guard === 'string') return guard
  if (typeof guard === 'function') return functionName(guard as NamedFunction)
  return (guard as { readonly type: string }).type
}
