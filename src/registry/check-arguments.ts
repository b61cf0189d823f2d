import { RegistryError } from '../errors.js'
import {
  aFunction,
  aName,
  aNumber,
  anObject,
  aText,
  mistakesIn,
  nameOf,
  objectOf,
  optional,
  trueOrFalse,
  type Rules,
} from '../livestore/rules.js'
import type { RuntimeTypeConfig } from './runtime-types.js'

const runtimeTypeRules: Rules<RuntimeTypeConfig> = {
  type: aName,
  displayName: aText,
  description: aText,
  icon: aText,
  capabilities: {
    ...objectOf({ canExecuteCode: trueOrFalse, canExecuteSql: trueOrFalse, canExecuteAi: trueOrFalse }),
    expected: 'an object such as { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }',
  },
  priority: aNumber,
  isAvailable: trueOrFalse,
  executionHandler: { ...aFunction, expected: 'a function (context) => Promise<ExecutionResult>' },
  settings: optional(anObject),
}

/** Throws `INVALID_RUNTIME_TYPE`, which names every member that is missing or is of another kind than expected. */
export function checkRuntimeType(config: RuntimeTypeConfig): void {
  const mistakes = mistakesIn(config, runtimeTypeRules)
  if (mistakes.length === 0) return
  const { type }: Partial<RuntimeTypeConfig> = Object(config)
  const name = aName.holds(type) ? `"${String(type)}"` : 'without a name'
  throw new RegistryError(
    'INVALID_RUNTIME_TYPE',
    `Runtime type ${name} was not registered: ${mistakes.join('; ')}. Correct it and call registerRuntimeType() again.`,
  )
}

/** Throws `INVALID_NOTEBOOK_ID` for what is no id at all. */
export function checkNotebookId(notebookId: string): void {
  if (aName.holds(notebookId)) return
  throw new RegistryError(
    'INVALID_NOTEBOOK_ID',
    `The id of the notebook is ${nameOf(notebookId)}, and must be a text that is not empty. Pass it as the first argument of getOrCreateAgent().`,
  )
}
