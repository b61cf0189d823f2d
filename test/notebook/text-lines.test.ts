import { expect, it } from 'vitest'
import { isJsonData, isWrittenAsLines, splitLines } from '../../src/notebook/text-lines.js'

it.each([
  ['', []],
  ['a', ['a']],
  ['\n', ['\n']],
  ['a\nb\n', ['a\n', 'b\n']],
  ['a\r\nb\rc\n\rd', ['a\r\n', 'b\r', 'c\n', '\r', 'd']],
  ['a\vb\fc\x1cd\x1de\x1ef', ['a\v', 'b\f', 'c\x1c', 'd\x1d', 'e\x1e', 'f']],
  ['a\x85b\u2028c\u2029d', ['a\x85', 'b\u2028', 'c\u2029', 'd']],
  ['a\x1fb\u200bc\u00a0d', ['a\x1fb\u200bc\u00a0d']],
])('splits %j where Python splits it', (text, lines) => {
  expect(splitLines(text)).toEqual(lines)
})

it('splits a million characters without a line end in well under a second', () => {
  const text = 'x'.repeat(1_000_000)
  const start = performance.now()
  expect(splitLines(text)).toEqual([text])
  expect(performance.now() - start).toBeLessThan(500)
})

it('writes text as lines, pictures and JSON not', () => {
  const mimeTypes = [
    'text/plain',
    'text/x-any',
    'image/svg+xml',
    'application/javascript',
    'image/png',
    'application/json',
  ]
  expect(mimeTypes.map(isWrittenAsLines)).toEqual([true, true, true, true, false, false])
  expect(['application/json', 'application/geo+json', 'image/svg+json', 'text/json'].map(isJsonData)).toEqual(
    [true, true, false, false],
  )
})
