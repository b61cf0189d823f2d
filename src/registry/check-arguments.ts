import type { OutputLimits } from '@runtimed/agent-core'
import type { AgentSettings, CellOptions, LimitPolicy } from '../../machines/index.js'
import { RegistryError } from '../errors.js'
import {
  aFunction,
  aName,
  aNumber,
  anything,
  anObject,
  aText,
  exactly,
  milliseconds,
  mistakesIn,
  nameOf,
  objectOf,
  oneOf,
  optional,
  requireOptions,
  trueOrFalse,
  wholeNumber,
  type Rule,
  type Rules,
} from '../livestore/rules.js'
import type { AgentOptions, RuntimeAgentRegistryConfig, RuntimeTypeConfig } from './runtime-types.js'

const limitPolicies: readonly LimitPolicy[] = ['reject', 'queue', 'evictIdle']

const registryRules: Rules<RuntimeAgentRegistryConfig> = {
  maxConcurrentAgents: optional({ ...wholeNumber, expected: 'a whole number from 0 (no limit)' }),
  limitPolicy: optional(oneOf(limitPolicies)),
  defaultRuntimeType: optional(aName),
  syncUrl: optional(aText),
  artifactServiceUrl: optional(aText),
  inspect: optional({
    expected: 'a function or an observer',
    holds: (value) => aFunction.holds(value) || anObject.holds(value),
  }),
  machines: optional(anObject),
  clock: optional(objectOf({ setTimeout: aFunction, clearTimeout: aFunction })),
}

const settingsRules: Rules<AgentSettings> = {
  startTimeoutMs: optional(milliseconds),
  stopTimeoutMs: optional(milliseconds),
  executionTimeoutMs: optional(milliseconds),
  interruptGraceMs: optional(milliseconds),
  queueLimit: optional(wholeNumber),
  errorPolicy: optional(oneOf(['stop', 'continue'])),
  restart: optional(oneOf(['permanent', 'transient', 'temporary'])),
  restartBudget: optional(wholeNumber),
  restartWindowMs: optional(milliseconds),
  stableAfterMs: optional(milliseconds),
  forceOfferMs: optional(milliseconds),
  stalledAfterMs: optional(milliseconds),
  idleCullMs: optional(milliseconds),
  cullWarningMs: optional(milliseconds),
  retry: optional(oneOf(['never', 'safe'])),
}

const someCapabilities: Rule = {
  ...objectOf({ canExecuteCode: trueOrFalse, canExecuteSql: trueOrFalse, canExecuteAi: trueOrFalse }),
  expected: 'an object such as { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }',
}

const cellRules: Rules<CellOptions> = { timeoutMs: optional(milliseconds), mayFail: optional(trueOrFalse) }

const aLimit: Rule = {
  expected: 'a number from 0, or Infinity',
  holds: (value) => typeof value === 'number' && value >= 0,
}

const limitRules: Rules<OutputLimits> = {
  streamBytes: optional(aLimit),
  outputBytes: optional(aLimit),
  outputsPerSecond: optional(aLimit),
  flushMs: optional(milliseconds),
}

/** What the store must be is checked, with the schema of its rows, where an agent is made for it. */
const agentRules: Rules<AgentOptions> = {
  settings: optional(anObject),
  cellOptions: optional(aFunction),
  outputLimits: optional(exactly(limitRules)),
  soleRunner: optional(trueOrFalse),
  hasBackend: optional(trueOrFalse),
  runtimeId: optional(aText),
  runtimeType: optional(aText),
  capabilities: optional(someCapabilities),
  syncUrl: optional(aText),
  authToken: optional(aText),
  notebookId: optional(aText),
  imageArtifactThresholdBytes: optional(aNumber),
  artifactClient: optional(anObject),
  useProjectsArtifacts: optional(trueOrFalse),
  store: anything,
  userId: optional(aText),
}

const runtimeTypeRules: Rules<RuntimeTypeConfig> = {
  type: aName,
  displayName: aText,
  description: aText,
  icon: aText,
  capabilities: someCapabilities,
  priority: aNumber,
  isAvailable: trueOrFalse,
  executionHandler: { ...aFunction, expected: 'a function (context) => Promise<ExecutionResult>' },
  settings: optional(anObject),
}

/** Throws `INVALID_OPTION` for what is not known, or not of the kind that is expected. */
export const checkRegistryConfig = (config: RuntimeAgentRegistryConfig): void =>
  requireOptions(config, registryRules, 'RuntimeAgentRegistry')

/** As {@link checkRegistryConfig}, for what `getOrCreateAgent()` takes. */
export function checkAgentOptions(notebookId: string, options: AgentOptions): void {
  const owner = `the agent of notebook "${notebookId}"`
  requireOptions(options, agentRules, owner)
  checkSettings(options.settings, owner)
}

/** Throws `INVALID_OPTION`; a time that no timer takes is none. */
export const checkSettings = (settings: Partial<AgentSettings> | undefined, owner: string): void =>
  requireOptions(settings, settingsRules, owner, 'settings')

/** Throws `INVALID_OPTION` for what an app's `cellOptions()` returned. */
export const checkCellOptions = (options: CellOptions | undefined): void =>
  requireOptions(options, cellRules, 'the cell')

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
