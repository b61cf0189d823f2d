import type { Failure, FailureCode } from './vocabulary.js'

interface FailureKind {
  readonly message: string
  readonly retryable: boolean
  readonly nextAction: string
}

const failureKinds: Readonly<Record<FailureCode, FailureKind>> = {
  startTimeout: {
    message: 'The runtime did not become ready in time.',
    retryable: true,
    nextAction: 'Restart it, or raise startTimeoutMs.',
  },
  startFailed: { message: 'The runtime could not be started.', retryable: true, nextAction: 'Restart it.' },
  probeFailed: {
    message: 'The runtime started, but did not answer its probe.',
    retryable: true,
    nextAction: 'Restart it.',
  },
  assetLoadFailed: {
    message: 'A file that the runtime needs could not be loaded.',
    retryable: false,
    nextAction: 'Check the installation, then restart the runtime.',
  },
  workerCrashed: {
    message: "The runtime's worker ended unexpectedly.",
    retryable: true,
    nextAction: 'Wait for the restart, then run the cells that define your variables again.',
  },
  outOfMemory: {
    message: 'The runtime ran out of memory.',
    retryable: true,
    nextAction: 'Use less memory in the cell, then restart the runtime.',
  },
  crashLoop: {
    message: 'The runtime crashed too often in a short time.',
    retryable: false,
    nextAction: 'Look at the last failure, then restart the runtime.',
  },
  executionTimeout: {
    message: 'The execution took longer than its limit.',
    retryable: false,
    nextAction: 'Raise the time limit, or make the cell faster.',
  },
  handlerError: {
    message: 'The execution handler failed.',
    retryable: false,
    nextAction: "Report it to the handler's author.",
  },
  forcedStop: {
    message: 'The runtime did not react to the interrupt and was ended by force.',
    retryable: true,
    nextAction: 'Run the cells that define your variables again.',
  },
  displaced: {
    message: 'Another session took over this notebook.',
    retryable: false,
    nextAction: 'Start the runtime here to take the notebook back.',
  },
  sessionLost: {
    message: 'The session that ran this execution is gone.',
    retryable: false,
    nextAction: 'Run the cell again.',
  },
  noRuntime: {
    message: 'No runtime is connected to this notebook.',
    retryable: true,
    nextAction: 'Start a runtime; what is queued will then run.',
  },
  notCapable: {
    message: 'This runtime cannot run cells of this type.',
    retryable: false,
    nextAction: 'Choose a runtime type that can.',
  },
  cellMissing: {
    message: 'The cell was deleted before it could run.',
    retryable: false,
    nextAction: 'Nothing to do.',
  },
  queueFull: {
    message: 'Too many requests are waiting.',
    retryable: true,
    nextAction: 'Wait until some have run, then ask again.',
  },
  limitReached: {
    message: 'The limit of concurrent agents is reached.',
    retryable: true,
    nextAction: 'Stop an agent that is not needed, or raise maxConcurrentAgents.',
  },
  storeDied: {
    message: "The notebook's store shut down.",
    retryable: false,
    nextAction: 'Open the notebook again; what was recorded is kept.',
  },
  storeStalled: {
    message: "The notebook's store takes no more events.",
    retryable: false,
    nextAction: 'Open the notebook again; what was recorded is kept.',
  },
  storeOffline: {
    message: "The notebook's sync backend could not be reached.",
    retryable: true,
    nextAction: 'Run the cell again once the sync backend can be reached.',
  },
  machineCrashed: {
    message: 'The agent itself failed; this is a bug.',
    retryable: true,
    nextAction: 'Report it with the details.',
  },
  unknown: {
    message: 'Something failed that has no name yet.',
    retryable: false,
    nextAction: 'Report it with the details.',
  },
}

export const failureCodes = Object.keys(failureKinds) as readonly FailureCode[]

/** What a person can do about a failure of this kind, in one sentence. */
export const nextActionFor = (code: FailureCode): string => failureKinds[code].nextAction

/** A failure record; `message` and `retryable` default to those of the code. */
export function createFailure(
  code: FailureCode,
  options: { message?: string; retryable?: boolean; details?: Record<string, unknown> } = {},
): Failure {
  const kind = failureKinds[code]
  return {
    code,
    message: options.message ?? kind.message,
    retryable: options.retryable ?? kind.retryable,
    ...(options.details && { details: options.details }),
  }
}

/** Carries a failure record through a promise that rejects. */
export class FailureError extends Error {
  override readonly name = 'FailureError'
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

/** What was thrown, as a text: the message of an error, a text as it is, anything else as JSON. Never throws. */
export function messageOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  try {
    const { message }: { message?: unknown } = Object(thrown)
    return typeof message === 'string' ? message : (JSON.stringify(thrown) ?? String(thrown))
  } catch {
    return `a value of type ${typeof thrown} that cannot be shown`
  }
}

const isFailure = (value: unknown): value is Failure =>
  typeof value === 'object' &&
  value !== null &&
  'message' in value &&
  'code' in value &&
  failureCodes.includes((value as Failure).code)

/**
 * Turns whatever was thrown into a failure record: a failure (or an error that carries one) as it is; any other error under
 * `code` with its own message.
 */
export function toFailure(error: unknown, code: FailureCode = 'unknown'): Failure {
  if (typeof error === 'object' && error !== null && 'failure' in error && isFailure(error.failure)) {
    return error.failure
  }
  if (isFailure(error)) return createFailure(error.code, error)
  const message = messageOf(error)
  return createFailure(code, message ? { message } : {})
}
