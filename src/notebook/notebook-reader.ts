import { shorten } from '../livestore/rules.js'
import { endOf, type JsonNode, propertyValue, valueOf } from './json-tree.js'
import type { JsonObject, JsonValue } from './json-value.js'
import { type NamedText, NotebookError, placed } from './notebook-error.js'

const KIND_NAMES: Readonly<Record<JsonNode['type'], string>> = {
  object: 'an object',
  array: 'a list',
  property: 'a property',
  string: 'a string',
  number: 'a number',
  boolean: 'a boolean',
  null: 'null',
}

/** Reads parts of a notebook's JSON tree and refuses those of the wrong shape, saying where they stand. */
export class NotebookReader {
  readonly source: NamedText
  /** What was put right, each with its place. */
  readonly warnings: string[] = []

  constructor(source: NamedText) {
    this.source = source
  }

  /** The error for something at a node that is not as nbformat 4 wants it. */
  invalid(node: JsonNode, problem: string): NotebookError {
    return new NotebookError('NOTEBOOK_INVALID', this.source, node.offset, problem)
  }

  /** Takes note of something at a node that was put right. */
  warn(node: JsonNode, what: string): void {
    this.warnings.push(placed(this.source, node.offset, what))
  }

  /** A property that has to be there. @throws NotebookError when it is absent */
  required(object: JsonNode, key: string, owner: string, expected: string): JsonNode {
    const node = propertyValue(object, key)
    if (node) return node
    throw this.invalid(object, `${owner} has no "${key}"; expected ${expected}`)
  }

  /** The items of a list. @throws NotebookError when the node is anything else */
  list(node: JsonNode, what: string): readonly JsonNode[] {
    this.#expect(node, ['array'], what)
    return node.children ?? []
  }

  /** Refuses anything but an object. */
  object(node: JsonNode, what: string): JsonNode {
    this.#expect(node, ['object'], what)
    return node
  }

  /** A string. @throws NotebookError when the node is anything else */
  string(node: JsonNode, what: string): string {
    this.#expect(node, ['string'], what)
    return node.value as string
  }

  /** A text: a string, or a list of strings that are joined. @throws NotebookError when the node is anything else */
  text(node: JsonNode, what: string): string {
    if (node.type === 'string') return node.value as string
    this.#expect(node, ['string', 'array'], what)
    return (node.children ?? [])
      .map((line, index) => this.string(line, `line ${index + 1} of ${what}`))
      .join('')
  }

  /** A count from 0, or `null`; an absent node is `null`. @throws NotebookError when the node is anything else */
  count(node: JsonNode | undefined, what: string): number | null {
    if (!node || node.type === 'null') return null
    if (node.type === 'number' && Number.isInteger(node.value) && node.value >= 0) return node.value as number
    throw this.invalid(node, `${what} is ${this.#found(node)}; expected a whole number from 0, or null`)
  }

  /** An object as a plain value; an absent node is an empty object. @throws NotebookError when the node is anything else */
  plainObject(node: JsonNode | undefined, what: string): JsonObject {
    return node ? (valueOf(this.source.text, this.object(node, what)) as JsonObject) : {}
  }

  /** The plain value of a node. */
  value(node: JsonNode): JsonValue {
    return valueOf(this.source.text, node)
  }

  #expect(node: JsonNode, kinds: readonly JsonNode['type'][], what: string): void {
    if (kinds.includes(node.type)) return
    const expected = kinds.map((kind) => KIND_NAMES[kind]).join(' or ')
    throw this.invalid(node, `${what} is ${this.#found(node)}; expected ${expected}`)
  }

  #found(node: JsonNode): string {
    if (node.type !== 'number' && node.type !== 'boolean') return KIND_NAMES[node.type]
    return shorten(this.source.text.slice(node.offset, endOf(node)))
  }
}
