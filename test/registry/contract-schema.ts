import { Events, makeSchema, Schema, State } from '@livestore/livestore'
import { WIRE_EVENTS } from '../schema/wire-contract.js'

type AnySchema = Schema.Schema<unknown, unknown>

const primitives: Record<string, AnySchema> = {
  String: Schema.String as AnySchema,
  Number: Schema.Number as AnySchema,
  Boolean: Schema.Boolean as AnySchema,
  Date: Schema.Date as AnySchema,
  Any: Schema.Any as AnySchema,
}

const openers = '{<'
const closers = '}>'

/** Splits at a separator that stands outside all brackets. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (const character of text) {
    if (openers.includes(character)) depth++
    if (closers.includes(character)) depth--
    if (character === separator && depth === 0) {
      parts.push(part.trim())
      part = ''
    } else part += character
  }
  return [...parts, part.trim()].filter((piece) => piece !== '')
}

/** The Effect schema of a type as the contract writes it, such as `{ id: String, count?: Number } | "none"`. */
function toSchema(type: string): AnySchema {
  const union = splitOutside(type, '|')
  if (union.length > 1) return Schema.Union(...union.map(toSchema)) as AnySchema
  if (type in primitives) return primitives[type] as AnySchema
  if (type.startsWith('"')) return Schema.Literal(JSON.parse(type) as string) as unknown as AnySchema
  if (type.startsWith('Array<')) return Schema.Array(toSchema(type.slice(6, -1))) as unknown as AnySchema
  if (type.startsWith('Record<String, ')) {
    return Schema.Record({ key: Schema.String, value: toSchema(type.slice(15, -1)) }) as unknown as AnySchema
  }
  if (type.startsWith('{')) {
    const fields = splitOutside(type.slice(1, -1), ',').map((field) => {
      const colon = field.indexOf(':')
      return [field.slice(0, colon).trim(), field.slice(colon + 1).trim()] as const
    })
    return toStruct(Object.fromEntries(fields))
  }
  throw new Error(`The contract has a type that this reader does not know: ${type}`)
}

function toStruct(fields: Record<string, string>): AnySchema {
  const entries = Object.entries(fields).map(([name, type]) =>
    name.endsWith('?') ? [name.slice(0, -1), Schema.optional(toSchema(type))] : [name, toSchema(type)],
  )
  return Schema.Struct(Object.fromEntries(entries) as Record<string, AnySchema>) as unknown as AnySchema
}

const received = State.SQLite.table({
  name: 'received',
  columns: {
    id: State.SQLite.text({ primaryKey: true }),
    name: State.SQLite.text(),
    args: State.SQLite.text(),
  },
})

const definitions = Object.values(WIRE_EVENTS).map(([name, fields]) =>
  Events.synced({ name, schema: fields === 'Void' ? (Schema.Void as never) : toStruct(fields) }),
)

/** A client that knows the contract and nothing of this library: it keeps what it received in one table. */
export const contractSchema = makeSchema({
  events: definitions,
  state: State.SQLite.makeState({
    tables: { received },
    materializers: Object.fromEntries(
      definitions.map((definition) => [
        definition.name,
        (args: unknown, context: { event: { seqNum: { global: number } } }) =>
          received
            .insert({
              id: String(context.event.seqNum.global),
              name: definition.name,
              args: JSON.stringify(args ?? null),
            })
            .onConflict('id', 'ignore'),
      ]),
    ) as never,
  }),
})

export const receivedTable = received
