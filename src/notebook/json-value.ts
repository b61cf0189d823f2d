/** Any value that JSON can hold. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject

/** A JSON object. */
export interface JsonObject {
  [key: string]: JsonValue
}

/** A number as the file spells it (`1.0`, `1e5`, `12345678901234567890`), where a JavaScript number would change it. */
export class NumberLexeme {
  readonly spelling: string

  constructor(spelling: string) {
    this.spelling = spelling
  }
}

/** What the JSON writer prints: JSON values in which numbers may keep the spelling of the file they came from. */
export type PrintableJson =
  null | boolean | number | string | NumberLexeme | readonly PrintableJson[] | PrintableObject

/** A printable JSON object; keys that are `undefined` are left out. */
export interface PrintableObject {
  readonly [key: string]: PrintableJson | undefined
}

/** True for a JSON object, false for arrays, `null` and everything else. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
