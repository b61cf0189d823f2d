import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import { type JsonValue, NumberLexeme, type PrintableJson } from './json-value.js'
import { type NamedText, NotebookError } from './notebook-error.js'

export type { Node as JsonNode } from 'jsonc-parser'

const EXPECTATIONS: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is not a JSON value; expected a string, number, object, list, true, false or null',
  PropertyNameExpected: 'expected a property name in double quotes',
  ValueExpected: 'expected a value',
  ColonExpected: 'expected ":" after the property name',
  CommaExpected: 'expected "," or the end of the list or object',
  CloseBraceExpected: 'expected "," or "}"',
  CloseBracketExpected: 'expected "," or "]"',
  EndOfFileExpected: 'expected the end of the file',
  InvalidCommentToken: 'comments are not allowed in a notebook',
  UnexpectedEndOfString: 'this string has no closing quote on its line',
  UnexpectedEndOfNumber: 'this number is not complete',
  InvalidUnicode: 'expected four hexadecimal digits after \\u',
  InvalidEscapeCharacter:
    'this string has an unknown escape; expected one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u',
  InvalidCharacter: 'this string has a raw control character; expected it to be escaped',
}

/**
 * Parses strict JSON into a tree whose nodes know their place in the text.
 *
 * @throws NotebookError `NOTEBOOK_NOT_JSON` at the first mistake; a text that was cut off is reported as such.
 */
export function parseJsonTree(source: NamedText): Node {
  if (source.text.trim() === '') throw notJson(source, 0, 'the file is empty; expected a notebook')
  const errors: ParseError[] = []
  const root = parseTree(source.text, errors, { disallowComments: true })
  const [mistake] = errors
  if (mistake) throw describeMistake(source, mistake, errors.some(leavesOpen))
  if (!root) throw notJson(source, 0, 'expected a notebook')
  return root
}

/** The value node of a property, `undefined` when absent. Of repeated keys the last one counts, as in every JSON reader. */
export function propertyValue(object: Node, key: string): Node | undefined {
  return properties(object).findLast((property) => propertyName(property) === key)?.children?.[1]
}

/** The property nodes of an object, in file order, repeated keys included. */
export function properties(object: Node): readonly Node[] {
  return object.children ?? []
}

/** The key of a property node. */
export function propertyName(property: Node): string {
  return String(property.children?.[0]?.value)
}

/** The offset just behind a node. */
export function endOf(node: Node): number {
  return node.offset + node.length
}

/** The plain value of a node. */
export function valueOf(text: string, node: Node): JsonValue {
  return JSON.parse(text.slice(node.offset, endOf(node))) as JsonValue
}

/** The value of a node, with numbers that JavaScript would respell kept as the file has them. */
export function losslessValueOf(text: string, node: Node): PrintableJson {
  const items = node.children ?? []
  if (node.type === 'array') return items.map((item) => losslessValueOf(text, item))
  if (node.type === 'object') return Object.fromEntries(items.flatMap((item) => losslessEntry(text, item)))
  if (node.type === 'number') return losslessNumber(text.slice(node.offset, endOf(node)))
  return node.value as null | boolean | string
}

function losslessEntry(text: string, property: Node): [string, PrintableJson][] {
  const value = property.children?.[1]
  return value ? [[propertyName(property), losslessValueOf(text, value)]] : []
}

function losslessNumber(spelling: string): PrintableJson {
  const value = Number(spelling)
  return String(value) === spelling ? value : new NumberLexeme(spelling)
}

function describeMistake(source: NamedText, mistake: ParseError, isUnclosed: boolean): NotebookError {
  const contentEnd = source.text.trimEnd().length
  if (isUnclosed && mistake.offset + mistake.length >= contentEnd) {
    return notJson(source, contentEnd, 'the file ends in the middle of the notebook; it seems to be cut off')
  }
  const code = printParseErrorCode(mistake.error)
  const token = source.text.slice(mistake.offset, mistake.offset + Math.min(mistake.length, 40))
  const found = token === '' ? '' : ` (found ${token.split('\n', 1)[0]})`
  return notJson(source, mistake.offset, `${EXPECTATIONS[code] ?? code}${found}`)
}

function leavesOpen({ error }: ParseError): boolean {
  return ['CloseBraceExpected', 'CloseBracketExpected'].includes(printParseErrorCode(error))
}

function notJson(source: NamedText, offset: number, problem: string): NotebookError {
  return new NotebookError('NOTEBOOK_NOT_JSON', source, offset, `not JSON: ${problem}`)
}
