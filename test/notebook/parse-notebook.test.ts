import { describe, expect, it } from 'vitest'
import { NotebookError, parseNotebook } from '../../src/notebook/index.js'
import { RegistryError } from '../../src/errors.js'
import { FIXTURE_NAMES, readFixture } from './fixtures.js'

const long = 'x'.repeat(5_000)
const codeCell = { cell_type: 'code', metadata: {}, execution_count: null, outputs: [], source: 'a' }

function notebookText(parts: Record<string, unknown> = {}): string {
  return JSON.stringify({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5, ...parts }, null, 1)
}

const matching = (value: string | RegExp) =>
  value instanceof RegExp ? (expect.stringMatching(value) as string) : value

function mistakeIn(file: string | Uint8Array): NotebookError {
  try {
    parseNotebook(file, 'book.ipynb')
  } catch (error) {
    if (error instanceof NotebookError) return error
    throw error
  }
  throw new Error('expected the notebook to be refused')
}

describe('parseNotebook', () => {
  it('reads metadata, language, kernel and layout of files by different tools', () => {
    const summaries = FIXTURE_NAMES.map((name) => {
      const { formatting, nbformatMinor, language, kernelName, cells } = parseNotebook(
        readFixture(name),
        name,
      )
      const { indent, finalNewline } = formatting
      return [
        name,
        nbformatMinor,
        language,
        kernelName,
        indent,
        finalNewline,
        cells.map((cell) => cell.type[0]).join(''),
      ]
    })
    expect(summaries).toEqual([
      ['jupyter-4.0.ipynb', 0, 'python', 'python3', ' ', true, 'mcccr'],
      ['vscode-4.2.ipynb', 2, 'python', 'python3', '  ', false, 'mccc'],
      ['colab-4.0.ipynb', 0, 'python', 'python3', '  ', false, 'mccc'],
      ['papermill-4.4.ipynb', 4, 'python', 'python3', ' ', true, 'ccc'],
      ['jupyterlab-4.5.ipynb', 5, 'python', 'python3', ' ', true, 'mcccccr'],
      ['one-line-4.5.ipynb', 5, null, 'python3', null, false, 'ccm'],
    ])
  })

  it('joins texts that the file has as lists of lines, and leaves JSON data alone', () => {
    const { cells } = parseNotebook(readFixture('jupyterlab-4.5.ipynb'))
    expect(cells[2]?.source).toBe(
      "import sys\nprint('one')\nprint('two', file=sys.stderr)\nprint('three\\u2028four\\x0cfive')",
    )
    expect(cells[2]?.outputs[2]).toEqual({
      output_type: 'stream',
      name: 'stdout',
      text: 'three\u2028four\ffive\r\nsix\rseven\n',
    })
    expect(cells[3]?.outputs[0]).toEqual({
      output_type: 'display_data',
      data: {
        'application/json': { rows: [1, 2.5, null, 'ä'], empty: {}, none: [] },
        'text/plain': '<IPython.core.display.JSON object>',
      },
      metadata: { 'application/json': { expanded: false } },
    })
    expect(cells[0]?.attachments).toHaveProperty(['dot.png', 'image/png'])
  })

  it('gives cells without an id eight hexadecimal digits, the same at every reading and unlike given ids', () => {
    const withoutIds = notebookText({ cells: [codeCell, codeCell, codeCell] })
    const ids = parseNotebook(withoutIds).cells.map((cell) => cell.id)
    expect(ids).toEqual(parseNotebook(withoutIds).cells.map((cell) => cell.id))
    expect(new Set(ids).size).toBe(3)
    expect(ids.every((id) => /^[0-9a-f]{8}$/.test(id))).toBe(true)
    const clash = notebookText({ cells: [codeCell, { ...codeCell, id: ids[0] }] })
    const [created, given] = parseNotebook(clash).cells
    expect(given?.id).toBe(ids[0])
    expect(created?.id).toMatch(/^[0-9a-f]{8}$/)
    expect(created?.id).not.toBe(ids[0])
  })

  it('gives a thousand cells a thousand ids', () => {
    const { cells } = parseNotebook(notebookText({ cells: Array.from({ length: 1000 }, () => codeCell) }))
    expect(new Set(cells.map((cell) => cell.id)).size).toBe(1000)
  })

  it('reads a file that begins with a byte order mark or has Windows line breaks', () => {
    const text = `\uFEFF${notebookText({ cells: [codeCell] })}`.replaceAll('\n', '\r\n')
    const parsed = parseNotebook(text)
    expect(parsed.cells).toHaveLength(1)
    expect(parsed.formatting.newline).toBe('\r\n')
    expect(parsed.text).toBe(text.slice(1))
    expect(parseNotebook(new TextEncoder().encode(text))).toEqual(parsed)
  })

  it('replaces ids that cannot be used, and says so with their place', () => {
    const ids = ['a', 'a', 'b c', '', 'd']
    const text = notebookText({ cells: ids.map((id) => ({ ...codeCell, id })) })
    const { cells, warnings } = parseNotebook(text, 'book.ipynb')
    const found = cells.map(({ id }) => id)
    expect(found).toMatchObject(['a', /^[0-9a-f]{8}$/, /^[0-9a-f]{8}$/, /^[0-9a-f]{8}$/, 'd'].map(matching))
    expect(new Set(found).size).toBe(5)
    expect(warnings).toMatchObject(
      [
        /^book\.ipynb:17:10: cell 1 and cell 2 both have the id "a"; cell 2 gets the id "[0-9a-f]{8}"$/,
        /^book\.ipynb:25:10: cell 3 has the id "b c"; expected 1 to 64 letters.*; cell 3 gets the id/,
        /: cell 4 has the id ""; /,
      ].map(matching),
    )
    expect(parseNotebook(text, 'book.ipynb').cells).toEqual(cells)
    expect(parseNotebook(notebookText({ cells: [codeCell] })).warnings).toEqual([])
  })

  it('refuses bytes that are not UTF-8, with the place and what they look like', () => {
    const text = notebookText({ cells: [{ ...codeCell, source: '# \uFFFD caf\u00e9' }] })
    const [before = '', after = ''] = text.split('\u00e9')
    const bytes = Buffer.concat([Buffer.from(before), Buffer.from([0xe9]), Buffer.from(after)])
    const place = Buffer.from(before).length + 1
    expect(mistakeIn(bytes)).toMatchObject({
      code: 'NOTEBOOK_NOT_JSON',
      line: before.split('\n').length,
      message: expect.stringContaining(
        `byte ${place} of the file, 0xE9, is not UTF-8; it looks like Latin-1 or Windows-1252`,
      ),
    })
    expect(mistakeIn(Buffer.from(`\uFEFF${text}`, 'utf16le')).message).toContain('the file is in UTF-16LE')
    expect(mistakeIn(Buffer.from(text, 'utf16le').swap16()).message).toContain('the file is in UTF-16BE')
    expect(mistakeIn(Buffer.from('')).message).toContain('the file is empty')
  })

  it('accepts what nbformat requires but a reader can do without', () => {
    const text = JSON.stringify({
      nbformat: 4,
      nbformat_minor: 7,
      cells: [{ cell_type: 'code', source: 'a' }],
    })
    expect(parseNotebook(text)).toMatchObject({
      metadata: {},
      language: null,
      kernelName: null,
      cells: [{ source: 'a', outputs: [], executionCount: null, metadata: {} }],
    })
  })

  it('keeps a metadata key named __proto__ as plain data', () => {
    const parsed = parseNotebook(
      '{"nbformat":4,"nbformat_minor":5,"metadata":{"__proto__":{"bad":1}},"cells":[]}',
    )
    expect(Object.keys(parsed.metadata)).toEqual(['__proto__'])
    expect('bad' in parsed.metadata).toBe(false)
  })

  it('throws an error of the library that names file, line and column', () => {
    const error = mistakeIn('{\n "cells": [,]\n}')
    expect(error).toBeInstanceOf(RegistryError)
    expect(error).toMatchObject({ name: 'NotebookError', code: 'NOTEBOOK_NOT_JSON', line: 2, column: 12 })
    expect(error.message).toBe('[NOTEBOOK_NOT_JSON] book.ipynb:2:12: not JSON: expected a value (found ,)')
  })

  it.each([
    ['', 1, 1, 'the file is empty; expected a notebook'],
    [' \n ', 1, 1, 'the file is empty; expected a notebook'],
    ['# Title\n', 1, 1, 'this is not a JSON value'],
    ['{"nbformat": 4} extra', 1, 17, 'this is not a JSON value'],
    ['{"metadata": {"a": NaN}}', 1, 20, 'found NaN'],
    ["{'cells': []}", 1, 2, 'expected a string'],
    ['{"cells": [],\n}', 2, 1, 'expected a property name in double quotes'],
    ['{"a": "\\x41"}', 1, 7, 'unknown escape'],
    ['// notebook\n{}', 1, 1, 'comments are not allowed'],
  ])('refuses text that is not JSON: %j', (text, line, column, fragment) => {
    expect(mistakeIn(text)).toMatchObject({ code: 'NOTEBOOK_NOT_JSON', line, column })
    expect(mistakeIn(text).message).toContain(fragment)
  })

  it('says that a file which was cut off anywhere is cut off', () => {
    const whole = readFixture('jupyter-4.0.ipynb').trimEnd()
    for (let length = 1; length < whole.length; length++) {
      const error = mistakeIn(whole.slice(0, length))
      expect(error.code).toBe('NOTEBOOK_NOT_JSON')
      expect(error.message).toContain('it seems to be cut off')
    }
  })

  it.each([
    { cell_type: long },
    { outputs: [{ output_type: long }] },
    { outputs: [{ output_type: 'display_data', data: { [long]: 7 }, metadata: {} }] },
  ])('quotes no more than some 60 characters of a file (%#)', (parts) => {
    const { message } = mistakeIn(notebookText({ cells: [{ ...codeCell, ...parts }] }))
    expect(message).toContain('xxx…')
    expect(message.length).toBeLessThan(250)
  })

  it.each(['metadata', 'outputs'])(
    'refuses %s that are nested too deeply to be stored, and says where',
    (where) => {
      const file = (depth: number) => {
        const value = `${'{"a":'.repeat(depth)}"]}"${'}'.repeat(depth)}`
        const output = { output_type: 'display_data', metadata: {}, data: { 'application/json': '?' } }
        const cells = [{ ...codeCell, outputs: where === 'outputs' ? [output] : [] }]
        return notebookText({ cells, metadata: { a: '?' } }).replace('"?"', value)
      }
      expect(parseNotebook(file(390)).cells).toHaveLength(1)
      for (const depth of [401, 3_000, 100_000])
        expect(mistakeIn(file(depth))).toMatchObject({
          code: 'NOTEBOOK_INVALID',
          message: expect.stringMatching(
            /^\[NOTEBOOK_INVALID\] book\.ipynb:\d+:\d+: .* nested more than 400 deep/,
          ),
        })
    },
  )

  it.each([
    [
      notebookText({ nbformat: 3, cells: undefined, worksheets: [] }),
      'nbformat 3; expected nbformat 4; convert it',
    ],
    [notebookText({ nbformat: 5 }), 'nbformat 5; expected nbformat 4'],
  ])('refuses other major versions of nbformat', (text, fragment) => {
    expect(mistakeIn(text).code).toBe('NOTEBOOK_UNSUPPORTED')
    expect(mistakeIn(text).message).toContain(fragment)
  })

  const output = (parts: object) => ({ cells: [codeCell, { ...codeCell, outputs: [parts] }] })
  it.each([
    ['[]', 'the notebook is a list; expected an object'],
    ['"text"', 'the notebook is a string; expected an object'],
    [notebookText({ nbformat: undefined }), 'the notebook has no "nbformat"; expected the number 4'],
    [notebookText({ nbformat: '4' }), '"nbformat" is a string; expected a whole number from 0, or null'],
    [notebookText({ nbformat_minor: undefined }), 'the notebook has no "nbformat_minor"'],
    [notebookText({ nbformat_minor: 1.5 }), '"nbformat_minor" is 1.5; expected a whole number'],
    [notebookText({ cells: undefined }), 'the notebook has no "cells"; expected a list of cells'],
    [notebookText({ cells: {} }), '"cells" of the notebook is an object; expected a list'],
    [notebookText({ metadata: [] }), '"metadata" of the notebook is a list; expected an object'],
    [notebookText({ cells: [codeCell, 7] }), 'cell 2 is 7; expected an object'],
    [
      notebookText({ cells: [{ source: '' }] }),
      'cell 1 has no "cell_type"; expected one of code, markdown, raw',
    ],
    [notebookText({ cells: [{ ...codeCell, cell_type: 'heading' }] }), 'cell 1 has cell_type "heading"'],
    [notebookText({ cells: [codeCell, { ...codeCell, source: undefined }] }), 'cell 2 has no "source"'],
    [
      notebookText({ cells: [{ ...codeCell, source: 4 }] }),
      '"source" of cell 1 is 4; expected a string or a list',
    ],
    [
      notebookText({ cells: [{ ...codeCell, source: ['a', 1] }] }),
      'line 2 of "source" of cell 1 is 1; expected a string',
    ],
    [
      notebookText({ cells: [{ ...codeCell, execution_count: 'x' }] }),
      '"execution_count" of cell 1 is a string',
    ],
    [notebookText({ cells: [{ ...codeCell, execution_count: -1 }] }), '"execution_count" of cell 1 is -1'],
    [
      notebookText({ cells: [{ ...codeCell, outputs: {} }] }),
      '"outputs" of cell 1 is an object; expected a list',
    ],
    [notebookText({ cells: [{ ...codeCell, id: 5 }] }), '"id" of cell 1 is 5; expected a string'],
    [notebookText(output({})), 'output 1 of cell 2 has no "output_type"; expected a string'],
    [
      notebookText(output({ output_type: 'pyout' })),
      'has output_type "pyout"; expected one of stream, display_data',
    ],
    [notebookText(output({ output_type: 'stream', name: 'stdout' })), 'output 1 of cell 2 has no "text"'],
    [notebookText(output({ output_type: 'stream', text: '' })), 'output 1 of cell 2 has no "name"'],
    [notebookText(output({ output_type: 'display_data' })), 'output 1 of cell 2 has no "data"'],
    [
      notebookText(output({ output_type: 'display_data', data: { 'text/plain': 5 } })),
      '"text/plain" of output 1 of cell 2 is 5',
    ],
    [
      notebookText(output({ output_type: 'error', ename: 'E', evalue: 'v', traceback: 'x' })),
      '"traceback" of output 1 of cell 2 is a string',
    ],
  ])('refuses a malformed notebook: case %#', (text, fragment) => {
    const error = mistakeIn(text)
    expect(error.code).toBe('NOTEBOOK_INVALID')
    expect(error.message).toContain(fragment)
    expect(error.message).toMatch(/^\[NOTEBOOK_INVALID\] book\.ipynb:\d+:\d+: /)
  })

  it('points at the line of the malformed part', () => {
    const text = notebookText({ cells: [codeCell, { ...codeCell, cell_type: 'heading' }] })
    const line = text.split('\n').findIndex((content) => content.includes('heading')) + 1
    expect(mistakeIn(text)).toMatchObject({ line, column: 17 })
  })
})
