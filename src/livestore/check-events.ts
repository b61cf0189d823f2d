import { Schema } from '@livestore/livestore'
import { InvalidEventError } from '../errors.js'
import type { AnyStore } from './store-info.js'

/** An object made by an event constructor. */
export interface StoreEvent {
  /** Wire name, for example `v1.CellCreated`. */
  readonly name: string
  readonly args: unknown
}

/** Events of one submission, in order. */
export type CommitEvents = readonly StoreEvent[]

/** LiveStore compares events during sync by calling these; as data they would shut the store down. */
const reservedKeys: readonly string[] = ['toString', 'valueOf', 'constructor']

/** Deeper values are taken for cyclic ones. */
const maxDepth = 500

/**
 * Throws {@link InvalidEventError} for an event the store does not know, whose arguments do not fit their schema, or
 * that JSON cannot carry unchanged. LiveStore itself would shut the whole store down on it, or store something else
 * than was materialised.
 */
export function checkEvents(store: AnyStore, events: CommitEvents): void {
  for (const event of events) checkEvent(store, event)
}

/**
 * Throws {@link InvalidEventError} for an event with a member that LiveStore would call when it compares events; what is no event is
 * passed over.
 */
export function requireComparable(events: readonly unknown[]): void {
  for (const event of events) {
    const { name, args }: Partial<StoreEvent> = Object(event)
    const place = findReserved(args, 'args', 0)
    if (place !== undefined) throw invalid({ name: String(name), args }, place)
  }
}

function findReserved(value: unknown, path: string, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return undefined
  for (const [key, member] of Object.entries(value)) {
    const found = reservedKeys.includes(key) && !Array.isArray(value) ? reserved(path, key) : undefined
    const within = found ?? findReserved(member, `${path}.${key}`, depth + 1)
    if (within !== undefined) return within
  }
  return undefined
}

const reserved = (path: string, key: string) => `${path}.${key} (a name that LiveStore cannot compare)`

function checkEvent(store: AnyStore, event: StoreEvent): void {
  const definition = store.schema.eventsDefsMap.get(event.name)
  if (definition === undefined) {
    throw new InvalidEventError(
      event.name,
      `Store "${store.storeId}" has no event "${event.name}". Make events with the constructors of its schema.`,
    )
  }
  const encoded = Schema.encodeUnknownEither(definition.schema)(event.args)
  if (encoded._tag === 'Left') throw invalid(event, String(encoded.left), encoded.left)
  const place = encoded.right === undefined ? undefined : findNonJson(encoded.right, 'args', 0)
  if (place !== undefined) throw invalid(event, `${place} is not a JSON value`)
}

function invalid(event: StoreEvent, reason: string, cause?: unknown): InvalidEventError {
  return new InvalidEventError(
    event.name,
    `The arguments of event "${event.name}" cannot be stored: ${reason.slice(0, 500)}. ` +
      'Nothing of this submission was committed; correct the arguments and submit it again.',
    { cause },
  )
}

/** Path of the first value JSON would drop, change or refuse; object members that are undefined count as absent. */
function findNonJson(value: unknown, path: string, depth: number): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : path
  if (typeof value !== 'object' || depth > maxDepth) return path
  if (Array.isArray(value)) return findInArray(value, path, depth)
  return isPlain(value) ? findInObject(value, path, depth) : path
}

function findInArray(values: readonly unknown[], path: string, depth: number): string | undefined {
  for (let index = 0; index < values.length; index += 1) {
    const found = findNonJson(values[index], `${path}[${index}]`, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

function findInObject(value: object, path: string, depth: number): string | undefined {
  for (const [key, member] of Object.entries(value)) {
    if (reservedKeys.includes(key)) return reserved(path, key)
    const found = member === undefined ? undefined : findNonJson(member, `${path}.${key}`, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

/** An object literal of any realm, or one without a prototype. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
