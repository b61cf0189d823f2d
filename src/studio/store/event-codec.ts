import { Schema, schema } from '@runtimed/schema'
/** An event with its arguments encoded as JSON. */
export interface JournalEvent {
  readonly name: string
  readonly args: unknown
}

interface CommittedEvent {
  readonly name: string
  readonly args: unknown
}

/** The event with its arguments as JSON. The committer has checked that they fit. */
export function encodeEvent({ name, args }: CommittedEvent): JournalEvent {
  const definition = schema.eventsDefsMap.get(name)
  return { name, args: definition ? Schema.encodeUnknownSync(definition.schema)(args) : args }
}

/** The event as `store.commit` takes it; undefined for one that this version does not know or cannot read. */
export function decodeEvent({ name, args }: JournalEvent): CommittedEvent | undefined {
  const definition = schema.eventsDefsMap.get(name)
  const decoded = definition && Schema.decodeUnknownEither(definition.schema)(args)
  return decoded?._tag === 'Right' ? { name, args: decoded.right } : undefined
}

/** Equal for equal events, whoever committed them. */
export const eventKey = ({ name, args }: JournalEvent): string => JSON.stringify([name, args])
