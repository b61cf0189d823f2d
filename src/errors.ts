const registryErrorMarker = Symbol.for('runtime-agent-registry.error')

/** Extra facts of a {@link RegistryError}. */
export interface RegistryErrorOptions {
  /** What was caught when this error was made. */
  readonly cause?: unknown
}

/**
 * Misuse of the library, or surroundings it cannot work in. Everything an agent goes through in normal life
 * (a cell that raises, a runtime that breaks) is data and never one of these.
 *
 * The message reads `[CODE] what happened, to which thing, what was expected, what to do.`
 */
export class RegistryError extends Error {
  /** Stable name of the reason, in capitals, for example `STORE_IN_USE`. Never reworded between releases. */
  readonly code: string

  constructor(code: string, message: string, options: RegistryErrorOptions = {}) {
    super(`[${code}] ${message}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    Object.defineProperty(this, registryErrorMarker, { value: true })
  }

  /** True for errors of this library, also of another copy of it in the same process. */
  static is(value: unknown): value is RegistryError {
    return typeof value === 'object' && value !== null && registryErrorMarker in value
  }
}

/**
 * `STORE_UNAVAILABLE`: the storage of a notebook cannot be used. Reasons: the directory cannot be created, read or
 * written, the disk is full, or the files in it are damaged. Nothing was changed; fix the storage and open again.
 */
export class StoreUnavailableError extends RegistryError {
  /** Directory of the notebook's files; undefined for a store in memory. */
  readonly directory: string | undefined

  constructor(directory: string | undefined, message: string, options: RegistryErrorOptions = {}) {
    super('STORE_UNAVAILABLE', message, options)
    this.directory = directory
  }
}

/**
 * `STORE_IN_USE`: another process (or this one) has the notebook open, and a directory has one owner.
 * Close it there, or use another directory.
 */
export class StoreInUseError extends RegistryError {
  readonly directory: string
  /** Process that owns the directory. */
  readonly pid: number

  constructor(directory: string, pid: number, message: string) {
    super('STORE_IN_USE', message)
    this.directory = directory
    this.pid = pid
  }
}

/**
 * `STORE_DIED`: the store shut itself down, or was shut down by someone, before the work was known to be durable.
 * Open the store again: what had become durable is in it, and the rest has to be submitted again.
 */
export class StoreDiedError extends RegistryError {
  constructor(message: string, options: RegistryErrorOptions = {}) {
    super('STORE_DIED', message, options)
  }
}

/** `INVALID_EVENT`: the arguments of an event do not fit its schema, or are not JSON. Nothing was committed. */
export class InvalidEventError extends RegistryError {
  /** Wire name of the event, for example `v1.CellCreated`. */
  readonly eventName: string

  constructor(eventName: string, message: string, options: RegistryErrorOptions = {}) {
    super('INVALID_EVENT', message, options)
    this.eventName = eventName
  }
}
