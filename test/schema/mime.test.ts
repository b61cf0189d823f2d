import {
  AI_TOOL_MIME_TYPES,
  APPLICATION_MIME_TYPES,
  IMAGE_MIME_TYPES,
  isAiToolMimeType,
  isApplicationMimeType,
  isImageMimeType,
  isJsonMimeType,
  isJupyterMimeType,
  isKnownMimeType,
  isTextBasedMimeType,
  isTextMimeType,
  JUPYTER_MIME_TYPES,
  KNOWN_MIME_TYPES,
  SAFE_MIME_TYPES,
  TEXT_MIME_TYPES,
  validateMediaBundle,
} from '@runtimed/schema'
import { describe, expect, test } from 'vitest'

describe('MIME lists', () => {
  test('have their members in order', () => {
    expect(SAFE_MIME_TYPES).toEqual(['text/plain', 'image/png', 'image/jpeg', 'image/gif'])
    expect(TEXT_MIME_TYPES).toEqual(['text/plain', 'text/html', 'text/markdown', 'text/latex'])
    expect(APPLICATION_MIME_TYPES).toEqual(['application/json', 'application/javascript'])
    expect(IMAGE_MIME_TYPES).toEqual(['image/png', 'image/jpeg', 'image/svg+xml', 'image/gif'])
    expect(AI_TOOL_MIME_TYPES).toEqual([
      'application/vnd.anode.aitool+json',
      'application/vnd.anode.aitool.result+json',
    ])
    expect(JUPYTER_MIME_TYPES).toEqual([
      'application/vnd.jupyter.widget-state+json',
      'application/vnd.jupyter.widget-view+json',
      'application/vnd.plotly.v1+json',
      'application/vnd.dataresource+json',
      ...[2, 3, 4, 5, 6].map((version) => `application/vnd.vegalite.v${version}+json`),
      ...[3, 4, 5].map((version) => `application/vnd.vega.v${version}+json`),
      'application/geo+json',
      'application/vdom.v1+json',
    ])
    expect(KNOWN_MIME_TYPES).toEqual([
      ...TEXT_MIME_TYPES,
      ...APPLICATION_MIME_TYPES,
      ...IMAGE_MIME_TYPES,
      ...JUPYTER_MIME_TYPES,
      ...AI_TOOL_MIME_TYPES,
    ])
  })

  test.each([
    [isTextMimeType, TEXT_MIME_TYPES],
    [isApplicationMimeType, APPLICATION_MIME_TYPES],
    [isImageMimeType, IMAGE_MIME_TYPES],
    [isJupyterMimeType, JUPYTER_MIME_TYPES],
    [isAiToolMimeType, AI_TOOL_MIME_TYPES],
  ] as const)('$0.name is exact membership in its list', (guard, list) => {
    expect(KNOWN_MIME_TYPES.filter((mimeType) => guard(mimeType)).toSorted()).toEqual([...list].toSorted())
    expect(guard(`${list[0]};charset=utf-8`)).toBe(false)
    expect(guard(list[0].toUpperCase())).toBe(false)
  })

  test('isKnownMimeType takes the members of every list and no others', () => {
    expect(KNOWN_MIME_TYPES.every((mimeType) => isKnownMimeType(mimeType))).toBe(true)
    expect(isKnownMimeType('text/css')).toBe(false)
  })

  test('isJsonMimeType takes application/json and the +json suffix', () => {
    expect(['application/json', 'application/geo+json', 'x/y+json'].every(isJsonMimeType)).toBe(true)
    expect(['text/json', 'application/json;a=b', 'application/jsonl'].some(isJsonMimeType)).toBe(false)
  })

  test('isTextBasedMimeType takes text types, JavaScript and SVG', () => {
    expect(['text/css', 'application/javascript', 'image/svg+xml'].every(isTextBasedMimeType)).toBe(true)
    expect(['application/json', 'image/png', 'application/xml'].some(isTextBasedMimeType)).toBe(false)
  })
})

describe('validateMediaBundle', () => {
  test('drops null and undefined and leaves its argument alone', () => {
    const bundle = { 'text/plain': null, 'text/html': undefined, 'image/png': 'AAAA' }
    const cleaned = validateMediaBundle(bundle)
    expect(cleaned).toEqual({ 'image/png': 'AAAA' })
    expect(cleaned).not.toBe(bundle)
    expect(Object.keys(bundle)).toHaveLength(3)
  })

  test('makes strings of text types', () => {
    expect(
      validateMediaBundle({
        'text/plain': 0,
        'text/html': ['a', 'b'],
        'text/css': {},
        'image/svg+xml': { tag: 'svg' },
        'application/javascript': false,
      }),
    ).toEqual({
      'text/plain': '0',
      'text/html': 'a,b',
      'text/css': '[object Object]',
      'image/svg+xml': '[object Object]',
      'application/javascript': 'false',
    })
  })

  test('parses strings of JSON types, keeps what does not parse, and keeps other values', () => {
    const json = { deep: [1] }
    expect(
      validateMediaBundle({
        'application/json': '{"a":1}',
        'application/geo+json': 'not json',
        'application/vdom.v1+json': json,
        'x/y+json': 7,
      }),
    ).toEqual({
      'application/json': { a: 1 },
      'application/geo+json': 'not json',
      'application/vdom.v1+json': json,
      'x/y+json': 7,
    })
  })

  test('keeps values of every other type as they are', () => {
    const bytes = new Uint8Array([1])
    expect(validateMediaBundle({ 'image/png': bytes })['image/png']).toBe(bytes)
  })
})
