import { SpanKind, SpanStatusCode, trace as tracing, type Attributes } from '@opentelemetry/api'
import { messageOf } from './message-of.js'

/** Severities, lowest first. */
export const LogLevel = { DEBUG: 0, INFO: 1, WARN: 2, ERROR: 3 } as const

/** One of the numbers of {@link LogLevel}. */
export type LogLevelValue = (typeof LogLevel)[keyof typeof LogLevel]

/** Settings of the logger. */
export interface LoggerConfig {
  /** Records below this level are not made. Default `INFO`. */
  level: LogLevelValue
  /** Whether records are printed to the console. Default true. */
  console: boolean
  /** Name shown with each record. Default `runt-agent`. */
  service: string
}

type LogContext = Record<string, unknown>
type LevelName = keyof typeof LogLevel
type ConsoleMethod = 'debug' | 'info' | 'warn' | 'error'

const consoleMethods: Record<LevelName, ConsoleMethod> = {
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
}

/**
 * Writes records to the console and, as events, to the active OpenTelemetry span.
 *
 * `logger` is the one instance of the process.
 */
export class Logger {
  #config: LoggerConfig = { level: LogLevel.INFO, console: true, service: 'runt-agent' }

  /** Changes the given settings and keeps the others. */
  configure(config: Partial<LoggerConfig>): void {
    this.#config = { ...this.#config, ...config }
  }

  /** A copy of the settings. */
  getConfig(): LoggerConfig {
    return { ...this.#config }
  }

  getLevel(): LogLevelValue {
    return this.#config.level
  }

  debug(message: string, context?: LogContext): void {
    this.#write('DEBUG', message, context)
  }

  info(message: string, context?: LogContext): void {
    this.#write('INFO', message, context)
  }

  warn(message: string, context?: LogContext): void {
    this.#write('WARN', message, context)
  }

  /** Records a failure. Without `error` the record has no `error` key. */
  error(message: string, error?: unknown, context?: LogContext): void {
    const details = error === undefined ? {} : { error: describeError(error) }
    this.#write('ERROR', message, { ...context, ...details })
  }

  /** Awaits `operation` and logs its duration (`duration_ms`); a failure is logged and thrown on. */
  async time<T>(name: string, operation: () => Promise<T> | T, context?: LogContext): Promise<T> {
    const startedAt = performance.now()
    const timing = () => ({ ...context, duration_ms: performance.now() - startedAt })
    try {
      const value = await operation()
      this.info(`${name} completed`, timing())
      return value
    } catch (error) {
      this.error(`${name} failed`, error, timing())
      throw error
    }
  }

  /** Runs `operation` inside an OpenTelemetry span; a failure marks the span and is thrown on. */
  async trace<T>(name: string, operation: () => Promise<T> | T, attributes: Attributes = {}): Promise<T> {
    const options = { kind: SpanKind.INTERNAL, attributes }
    return tracing.getTracer('@runt/lib').startActiveSpan(name, options, async (span) => {
      this.debug(`${name} started`, attributes)
      try {
        const value = await operation()
        span.setStatus({ code: SpanStatusCode.OK })
        this.debug(`${name} completed`, attributes)
        return value
      } catch (error) {
        span.recordException(error instanceof Error ? error : messageOf(error))
        span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) })
        throw error
      } finally {
        span.end()
      }
    })
  }

  #write(level: LevelName, message: string, context: LogContext | undefined): void {
    if (LogLevel[level] < this.#config.level) return
    const { service } = this.#config
    const timestamp = new Date().toISOString()
    const record = { timestamp, level, service, message, ...context }
    tracing.getActiveSpan()?.addEvent(message, toAttributes({ level, service, ...context }))
    if (!this.#config.console) return
    const line = `${timestamp.slice(11, 19)} ${level.padEnd(5)} [${service}] ${message}`
    console[consoleMethods[level]](line, record)
  }
}

/** The process-wide logger. */
export const logger = new Logger()

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return messageOf(error)
  return { name: error.name, message: error.message, stack: error.stack }
}

function toAttributes(context: LogContext): Attributes {
  return Object.fromEntries(Object.entries(context).map(([key, value]) => [key, toAttribute(value)]))
}

function toAttribute(value: unknown): string | number | boolean {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
