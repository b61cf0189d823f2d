import { expect, test } from 'vitest'
import { closestWord } from '../../src/cli/text/closest-word.js'
import { createLineAssembler } from '../../src/cli/text/line-assembler.js'
import { createLiveScreen } from '../../src/cli/text/live-screen.js'
import { formatClock, formatDuration, formatSize } from '../../src/cli/text/measures.js'
import { outputText } from '../../src/cli/text/output-text.js'
import { toPrintable } from '../../src/cli/text/printable-text.js'
import { progressLine } from '../../src/cli/text/progress-line.js'
import { createStyle } from '../../src/cli/text/style.js'
import { fitWidth, textWidth } from '../../src/cli/text/text-width.js'
import { labelOf } from '../../src/cli/run/run-plan.js'
import { shellWord } from '../../src/cli/world.js'

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [1000, '1.0 s'],
  [59_949, '59.9 s'],
  [60_000, '1 min 00 s'],
  [125_000, '2 min 05 s'],
  [3_720_000, '1 h 02 min'],
])('%d milliseconds read "%s"', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text))

test.each([
  [999, '0:00'],
  [67_000, '1:07'],
  [3_723_000, '1:02:03'],
])('after %d milliseconds the clock shows "%s"', (milliseconds, text) =>
  expect(formatClock(milliseconds)).toBe(text),
)

test.each([
  [999, '999 B'],
  [1000, '1.0 kB'],
  [12_345, '12 kB'],
  [999_600, '1.0 MB'],
])('%d bytes read "%s"', (bytes, text) => expect(formatSize(bytes)).toBe(text))

test('wide characters take two columns, joined ones none, colours none', () => {
  expect(textWidth('日本e\u0301')).toBe(5)
  expect(textWidth('\x1b[31mred\x1b[0m')).toBe(3)
  expect(fitWidth('日本語', 6)).toBe('日本語')
  expect(fitWidth('日本語', 5)).toBe('日本…')
  expect(fitWidth('abc', 0)).toBe('')
})

test('lines come out when they are complete, and a carriage return starts the line anew', () => {
  const lines = createLineAssembler()
  expect(lines.push('one\ntw')).toEqual(['one'])
  expect(lines.partial).toBe('tw')
  expect(lines.push('o\r\nthree')).toEqual(['two'])
  expect(lines.push('\r 10%\r')).toEqual([])
  expect(lines.partial).toBe(' 10%')
  expect(lines.push(' 20%')).toEqual([])
  expect(lines.partial).toBe(' 20%')
  expect(lines.flush()).toEqual([' 20%'])
  expect(lines.flush()).toEqual([])
})

test('text of a cell cannot command the terminal', () => {
  const hostile = '\x1b[31mred\x1b[0m\x1b[2J\x1b[10A\x1b]0;title\x07\x1bc\x07\b\u009b2Jtab\t\n'
  expect(toPrintable(hostile, false)).toBe('redtab\t\n')
  expect(toPrintable(hostile, true)).toBe('\x1b[31mred\x1b[0mtab\t\n')
  expect(toPrintable('\x1b', true)).toBe('')
})

test('a rich output shows its text, and names the rest with its size', () => {
  const data = { 'text/plain': '<Figure>', 'image/png': 'A'.repeat(16_000), 'text/html': '<b>ä</b>' }
  expect(outputText({ output_type: 'display_data', data, metadata: {} })).toBe(
    '<Figure>\n[image/png 12 kB] [text/html 9 B]',
  )
  expect(outputText({ output_type: 'display_data', data: { 'image/png': 'AAAA' }, metadata: {} })).toBe(
    '[image/png 3 B]',
  )
  expect(outputText({ output_type: 'error', ename: 'E', evalue: '', traceback: [] })).toBe('E')
})

test('the progress line fits into any width', () => {
  const progress = {
    done: 2,
    total: 12,
    state: 'executing',
    label: '[3] for number in range(10): 日本語',
    elapsedMs: 61_000,
  }
  const line = (columns: number) =>
    progressLine(progress, { columns, style: createStyle(false), unicode: true, frame: 0 })
  expect(line(80)).toBe('⠋ ━━━━────────────────────  cell 3 of 12  executing  1:01  [3] for number in ra…')
  for (let columns = 5; columns < 120; columns++)
    expect(textWidth(line(columns))).toBeLessThanOrEqual(columns)
  const ascii = progressLine(progress, { columns: 60, style: createStyle(false), unicode: false, frame: 1 })
  expect(ascii).toBe('/ ####....................  cell 3 of 12  executing  1:01')
})

test('a live screen leaves printed lines and nothing else', () => {
  let written = ''
  const screen = createLiveScreen((text) => (written += text))
  screen.show(['progress'])
  screen.print(['line'])
  screen.close()
  screen.show(['ignored'])
  // oxlint-disable-next-line no-control-regex
  expect(written.replace(/\x1b\[\?\d+[hl]/g, '')).toBe('progress\r\x1b[Jline\nprogress\r\x1b[J')
  expect(written.endsWith('\x1b[?25h')).toBe(true)
})

test.each([
  ['tmeout', 'timeout'],
  ['rn', 'run'],
  ['frobnicate', undefined],
])('"%s" was meant to be %s', (word, meant) =>
  expect(closestWord(word, ['timeout', 'run', 'store'])).toBe(meant),
)

test('the first line of a source is its label, and a path is quoted for the shell', () => {
  expect(labelOf('\n\n  first()  \nsecond()')).toBe('first()')
  expect(shellWord("it's here")).toBe(`'it'\\''s here'`)
})
