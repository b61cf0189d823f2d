import type { StateDefinition } from '../stately/machine-definition.js'
import { machineToJson } from '../stately/machine-json.js'

const computed = new Set(['context', 'input', 'output', 'params', 'meta', 'schemas', 'types'])
const maps = new Set(['on', 'states', 'after'])

/** The definition of a machine as it may be shown: states, events, guards and actions by name, and no data. */
export function shownDefinition(config: object): StateDefinition {
  return withoutData(JSON.parse(machineToJson({ config })), '') as StateDefinition
}

function withoutData(value: unknown, parentKey: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutData(item, parentKey))
  if (typeof value !== 'object' || value === null) return value
  const isMap = maps.has(parentKey)
  const entries = Object.entries(value).filter(([key]) => isMap || !computed.has(key))
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutData(item, isMap ? '' : key)]))
}
