import { RegistryError } from '../errors.js'

/** What a value must be: in words, and as a test. */
export interface Rule {
  readonly expected: string
  readonly holds: (value: unknown) => boolean
}

/** One rule for each member of an object. */
export type Rules<Members> = { readonly [Name in keyof Required<Members>]: Rule }

/** The longest delay a timer takes, in milliseconds; a longer one would be over at once. */
const longestTimerMs = 2_147_483_647

const isText = (value: unknown): value is string => typeof value === 'string'

export const anything: Rule = { expected: 'anything', holds: () => true }
export const aText: Rule = { expected: 'a text', holds: isText }
export const aName: Rule = {
  expected: 'a name that is not empty',
  holds: (value) => isText(value) && value !== '',
}
export const aNumber: Rule = { expected: 'a number', holds: Number.isFinite }
export const aFunction: Rule = { expected: 'a function', holds: (value) => typeof value === 'function' }
export const trueOrFalse: Rule = { expected: 'true or false', holds: (value) => typeof value === 'boolean' }
export const wholeNumber: Rule = {
  expected: 'a whole number from 0',
  holds: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
}
export const milliseconds: Rule = {
  expected: `a number of milliseconds from 0 to ${longestTimerMs}`,
  holds: (value) => Number.isFinite(value) && Number(value) >= 0 && Number(value) <= longestTimerMs,
}

export const oneOf = (words: readonly string[]): Rule => ({
  expected: `one of ${words.join(', ')}`,
  holds: (value) => words.includes(value as string),
})

export const anObject: Rule = { expected: 'an object', holds: isObject }

/** An object with these members, and perhaps others. */
export const objectOf = <Members>(rules: Rules<Members>): Rule => ({
  expected: `an object { ${Object.keys(rules).join(', ')} }`,
  holds: (value) => isObject(value) && mistakesIn(value, rules).length === 0,
})

/** An object with these members, and no others. */
export const exactly = <Members>(rules: Rules<Members>): Rule => ({
  expected: objectOf(rules).expected,
  holds: (value) => objectOf(rules).holds(value) && strangersIn(value, rules).length === 0,
})

/** The rule, for a member that may be left out. */
export const optional = ({ expected, holds }: Rule): Rule => ({
  expected,
  holds: (value) => value === undefined || holds(value),
})

/** One clause for each member that is missing, or of another kind than expected. */
export function mistakesIn<Members>(value: unknown, rules: Rules<Members>, prefix = ''): string[] {
  const members: Record<string, unknown> = Object(value)
  return Object.entries<Rule>(rules)
    .filter(([name, { holds }]) => !holds(members[name]))
    .map(([name, { expected }]) => `${prefix}${name} is ${nameOf(members[name])} and must be ${expected}`)
}

/**
 * Throws `INVALID_OPTION` for options that are no object, have a member without a rule, or one of another kind than expected; it
 * names all of them. Options that are left out are right when all their members may be.
 */
export function requireOptions<Members>(
  options: unknown,
  rules: Rules<Members>,
  owner: string,
  name = 'options',
): void {
  const mistakes =
    options === undefined || isObject(options)
      ? [...mistakesIn(options, rules), ...strangersIn(options, rules)]
      : [`they are ${nameOf(options)} and must be an object`]
  if (mistakes.length === 0) return
  throw new RegistryError(
    'INVALID_OPTION',
    `The ${name} of ${owner} cannot be used: ${mistakes.join('; ')}. Correct them and try again.`,
  )
}

function strangersIn<Members>(options: unknown, rules: Rules<Members>): string[] {
  const known = Object.keys(rules)
  return Object.keys(Object(options))
    .filter((name) => !known.includes(name))
    .map((name) => `"${shorten(name)}" is not known (known: ${known.join(', ')})`)
}

/** What a person gave, short enough for a sentence. */
export function nameOf(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null || typeof value === 'number') return String(value)
  if (isText(value)) return JSON.stringify(shorten(value))
  return Array.isArray(value) ? 'a list' : `of type ${typeof value}`
}

/** At most 60 characters of a text, for a sentence. */
export const shorten = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}…` : text)

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
