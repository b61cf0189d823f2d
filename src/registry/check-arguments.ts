import { RegistryError } from '../errors.js'
import type { RuntimeTypeConfig } from './runtime-types.js'

type Check = readonly [member: keyof RuntimeTypeConfig, expected: string, holds: (value: unknown) => boolean]

const isText = (value: unknown) => typeof value === 'string'
const isName = (value: unknown) => isText(value) && value !== ''
const isBoolean = (value: unknown) => typeof value === 'boolean'

const checks: readonly Check[] = [
  ['type', 'a name', isName],
  ['displayName', 'a text', isText],
  ['description', 'a text', isText],
  ['icon', 'a text', isText],
  [
    'capabilities',
    'an object such as { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }',
    areCapabilities,
  ],
  ['priority', 'a number', Number.isFinite],
  ['isAvailable', 'true or false', isBoolean],
  [
    'executionHandler',
    'a function (context) => Promise<ExecutionResult>',
    (value) => typeof value === 'function',
  ],
]

/** Throws `INVALID_RUNTIME_TYPE`, which names every member that is missing or is of another kind than expected. */
export function checkRuntimeType(config: RuntimeTypeConfig): void {
  const members: Partial<Record<keyof RuntimeTypeConfig, unknown>> = Object(config)
  const problems = checks
    .filter(([member, , holds]) => !holds(members[member]))
    .map(([member, expected]) => `${member} is ${nameOf(members[member])} and must be ${expected}`)
  if (problems.length === 0) return
  const name = isName(members.type) ? `"${String(members.type)}"` : 'without a name'
  throw new RegistryError(
    'INVALID_RUNTIME_TYPE',
    `Runtime type ${name} was not registered: ${problems.join('; ')}. Correct it and call registerRuntimeType() again.`,
  )
}

function areCapabilities(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return ['canExecuteCode', 'canExecuteSql', 'canExecuteAi'].every((name) => isBoolean(value[name as never]))
}

function nameOf(value: unknown): string {
  if (value === undefined) return 'missing'
  return typeof value === 'string' || typeof value === 'number'
    ? JSON.stringify(value)
    : `of type ${typeof value}`
}

/** Throws `INVALID_NOTEBOOK_ID` for what is no id at all. */
export function checkNotebookId(notebookId: string): void {
  if (isName(notebookId)) return
  throw new RegistryError(
    'INVALID_NOTEBOOK_ID',
    `The id of the notebook is ${nameOf(notebookId)}, and must be a text that is not empty. Pass it as the first argument of getOrCreateAgent().`,
  )
}
