import { events, type Store } from '@runtimed/schema'
import { describe, expect, it } from 'vitest'
import {
  exportNotebook,
  importNotebook,
  type ParsedNotebook,
  parseNotebook,
} from '../../src/notebook/index.js'
import { languageEvents } from '../../src/livestore/language-info.js'
import { FIXTURE_NAMES, readFixture } from './fixtures.js'
import { schemaMistakes } from './nbformat-schema.js'
import { execute, inline, openMemoryStore, outputsOf, result, stream } from './notebook-store.js'

const options = { createdBy: 'user-1' }

async function imported(text: string): Promise<{ store: Store; original: ParsedNotebook }> {
  const store = await openMemoryStore()
  const original = parseNotebook(text)
  store.commit(...importNotebook(store, original, options))
  return { store, original }
}

/** The lines of `after` that are not in `before`, and the other way round. */
function lineDiff(before: string, after: string): { gone: string[]; come: string[] } {
  const linesBefore = before.split('\n')
  const linesAfter = after.split('\n')
  return {
    gone: linesBefore.filter((line) => !linesAfter.includes(line)),
    come: linesAfter.filter((line) => !linesBefore.includes(line)),
  }
}

const twoCells = `{
  "nbformat": 4, "nbformat_minor":5,
  "cells": [
    {"cell_type": "code", "id": "a", "metadata": {"x": 1.0}, "execution_count": null, "outputs": [], "source": "1"},
    {
      "source": ["2"],
      "cell_type": "code", "id": "b", "metadata": {}, "execution_count": 3,
      "outputs": [ ]
    }
  ],
  "metadata": {"k": 1e5}
}`

describe('exportNotebook with the original', () => {
  it.each(FIXTURE_NAMES)('gives the same bytes when nothing was executed: %s', async (name) => {
    const { store, original } = await imported(readFixture(name))
    expect(exportNotebook(store, original)).toBe(original.text)
  })

  it.each(FIXTURE_NAMES)('makes valid nbformat 4.5 when every code cell was executed: %s', async (name) => {
    const { store, original } = await imported(readFixture(name))
    for (const cell of original.cells.filter(({ type }) => type === 'code')) {
      execute(store, {
        cellId: cell.id,
        executionCount: 10 + cell.index,
        outputs: [stream('stdout', `${cell.id}\n`)],
      })
    }
    const text = exportNotebook(store, original)
    expect(schemaMistakes(text)).toEqual([])
    const again = parseNotebook(text)
    expect(again.cells.map(({ id }) => id)).toEqual(original.cells.map(({ id }) => id))
    expect(again.cells.map(({ source }) => source)).toEqual(original.cells.map(({ source }) => source))
    expect(again.metadata).toEqual(original.metadata)
    expect(again.cells.flatMap(({ outputs }) => outputs)).toHaveLength(
      original.cells.filter(({ type }) => type === 'code').length,
    )
  })

  it('changes only the lines of the executed cell in a file by Jupyter', async () => {
    const { store, original } = await imported(readFixture('jupyterlab-4.5.ipynb'))
    execute(store, { cellId: 'a-1_B', executionCount: 9, outputs: [stream('stdout', 'é\nlast')] })
    const text = exportNotebook(store, original)
    expect(lineDiff(original.text, text).come).toEqual([
      '   "execution_count": 9,',
      '      "é\\n",',
      '      "last"',
    ])
    const [before, after] = original.text.split('"id": "a-1_B"')
    const [beforeNow, afterNow] = text.split('"id": "a-1_B"')
    expect(beforeNow).toBe(before?.replace(/"execution_count": 2,\s+$/, (count) => count.replace('2', '9')))
    expect(afterNow?.slice(afterNow.indexOf('"source"'))).toBe(after?.slice(after.indexOf('"source"')))
  })

  it('adds ids and raises the minor version of an older file when something was executed', async () => {
    const { store, original } = await imported(readFixture('papermill-4.4.ipynb'))
    const [first] = original.cells
    execute(store, { cellId: first?.id ?? '', executionCount: 1 })
    const text = exportNotebook(store, original)
    expect(lineDiff(original.text, text)).toEqual({
      gone: [' "nbformat_minor": 4'],
      come: [...original.cells.map(({ id }) => `   "id": "${id}",`), ' "nbformat_minor": 5'],
    })
    expect(schemaMistakes(text)).toEqual([])
  })

  it('writes a replaced id when something was executed', async () => {
    const { store, original } = await imported(twoCells.replace('"id": "b"', '"id": "a"'))
    expect(exportNotebook(store, original)).toBe(original.text)
    execute(store, { cellId: 'a' })
    const id = original.cells[1]?.id
    const text = exportNotebook(store, original)
    expect(text).toContain(`"cell_type": "code", "id": "${id}", "metadata": {}, "execution_count": 3,`)
    expect(schemaMistakes(text)).toEqual([])
  })

  it('writes the language that the runtime reported when something was executed, and only then', async () => {
    const language = { name: 'python', version: '3.13.2' }
    const stale = '"metadata": {"k": 1e5, "language_info": {"name": "python", "version": "3.6"}}'
    for (const metadata of ['"metadata": {"k": 1e5}', stale, '"x": 1']) {
      const { store, original } = await imported(twoCells.replace('"metadata": {"k": 1e5}', metadata))
      store.commit(...languageEvents(store, language))
      expect(languageEvents(store, language)).toEqual([])
      expect(exportNotebook(store, original)).toBe(original.text)
      execute(store, { cellId: 'a' })
      const text = exportNotebook(store, original)
      expect(JSON.parse(text)).toMatchObject({ metadata: { language_info: language } })
      if (metadata.includes('1e5')) expect(text).toMatch(/\{"k": 1e5, ?"language_info": \{/)
      expect(exportNotebook(store, parseNotebook(text))).toBe(text)
      const rebuilt = JSON.parse(exportNotebook(store)) as { metadata: object }
      expect(rebuilt.metadata).toMatchObject({ language_info: language })
    }
  })

  it('writes new text in the layout around it', async () => {
    const { store, original } = await imported(twoCells)
    execute(store, { cellId: 'a', executionCount: 4, outputs: [stream('stdout', 'x\ny')] })
    execute(store, { cellId: 'b', executionCount: 5, outputs: [result(5, { 'text/plain': '2' })] })
    expect(exportNotebook(store, original)).toBe(
      twoCells
        .replace(
          '"execution_count": null, "outputs": []',
          '"execution_count": 4, "outputs": [{"name": "stdout", "output_type": "stream", "text": ["x\\n", "y"]}]',
        )
        .replace('"execution_count": 3', '"execution_count": 5')
        .replace(
          '[ ]',
          [
            '[',
            '  {',
            '    "data": {',
            '      "text/plain": [',
            '        "2"',
            '      ]',
            '    },',
            '    "execution_count": 5,',
            '    "metadata": {},',
            '    "output_type": "execute_result"',
            '  }',
            ']',
          ].join('\n      '),
        ),
    )
  })

  it('keeps tabs and Windows line breaks in new text', async () => {
    const text = `${JSON.stringify(JSON.parse(twoCells), null, '\t').replaceAll('\n', '\r\n')}\r\n`
    const { store, original } = await imported(text)
    execute(store, { cellId: 'a', outputs: [stream('stdout', 'x\n')] })
    const exported = exportNotebook(store, original)
    expect(exported.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    expect(exported).toContain('\t\t\t"outputs": [\r\n\t\t\t\t{\r\n\t\t\t\t\t"name": "stdout",')
  })

  it('keeps the bytes of an executed cell whose count and outputs came out the same', async () => {
    const { store, original } = await imported(readFixture('jupyterlab-4.5.ipynb'))
    execute(store, {
      cellId: 'a-1_B',
      executionCount: 2,
      outputs: [
        stream('stdout', 'one\n'),
        stream('stderr', 'two\n'),
        stream('stdout', 'three\u2028four\ffive\r\nsix\rseven\n'),
      ],
    })
    expect(exportNotebook(store, original)).toBe(original.text)
  })

  it('keeps the bytes of equal outputs that are laid out unlike new ones', async () => {
    const { store, original } = await imported(readFixture('one-line-4.5.ipynb'))
    execute(store, { cellId: 'twice', executionCount: 7, outputs: [result(7, { 'text/plain': '42' })] })
    expect(exportNotebook(store, original)).toBe(original.text)
  })

  it('takes nothing from executions that are waiting, were cancelled before they began, or are not the newest', async () => {
    const { store, original } = await imported(twoCells)
    execute(store, { cellId: 'b', executionCount: 8, outputs: [stream('stdout', 'old')] })
    const request = (queueId: string, cellId: string) =>
      events.executionRequested({ queueId, cellId, executionCount: 9, requestedBy: 'user' })
    store.commit(request('waits', 'a'), request('dropped', 'b'))
    store.commit(
      events.executionCancelled({ queueId: 'dropped', cellId: 'b', cancelledBy: 'user', reason: 'stop' }),
    )
    expect(exportNotebook(store, original)).toBe(twoCells)
  })

  it('takes failed and interrupted executions, and only those that the caller names if any are named', async () => {
    const { store, original } = await imported(twoCells)
    const error = events.errorOutputAdded
    const content = { type: 'inline', data: { ename: 'E', evalue: 'v', traceback: ['t1', 't2'] } } as const
    execute(store, {
      cellId: 'a',
      outputs: [(cellId, position) => error({ id: 'e', cellId, position, content })],
      status: 'error',
    })
    execute(store, {
      cellId: 'b',
      executionCount: 6,
      outputs: [stream('stderr', 'stopped')],
      status: 'cancelled',
    })
    expect(outputsOf(exportNotebook(store, original))).toEqual([
      [{ output_type: 'error', ename: 'E', evalue: 'v', traceback: ['t1', 't2'] }],
      [{ output_type: 'stream', name: 'stderr', text: ['stopped'] }],
    ])
    expect(outputsOf(exportNotebook(store, original, { executedCellIds: ['b'] }))[0]).toEqual([])
    expect(exportNotebook(store, original, { executedCellIds: [] })).toBe(twoCells)
  })

  it('takes the error of a cell that was refused before it began', async () => {
    const { store, original } = await imported(twoCells)
    const content = {
      type: 'inline',
      data: { ename: 'Refused', evalue: 'no runtime', traceback: [] },
    } as const
    const completion = { status: 'error', completedAt: new Date(1), executionDurationMs: 0 } as const
    store.commit(
      events.executionRequested({ queueId: 'q', cellId: 'a', executionCount: 2, requestedBy: 'user' }),
      events.errorOutputAdded({ id: 'e', cellId: 'a', position: 0, content }),
      events.executionCompleted({ queueId: 'q', cellId: 'a', ...completion }),
    )
    expect(outputsOf(exportNotebook(store, original))[0]).toMatchObject([{ ename: 'Refused' }])
  })

  it('writes a changed source into its place', async () => {
    const { store, original } = await imported(twoCells)
    store.commit(events.cellSourceChanged({ id: 'b', source: 'x\ny', modifiedBy: 'user' }))
    expect(exportNotebook(store, original)).toBe(
      twoCells.replace('["2"]', '[\n        "x\\n",\n        "y"\n      ]'),
    )
  })

  it('writes moved, deleted, added and retyped cells, and keeps the text of the others', async () => {
    const { store, original } = await imported(twoCells)
    store.commit(
      events.cellMoved2({ id: 'b', fractionalIndex: 'b' }),
      events.cellCreated2({ id: 'new', fractionalIndex: 'z', cellType: 'markdown', createdBy: 'user' }),
      events.cellSourceChanged({ id: 'new', source: '# T', modifiedBy: 'user' }),
    )
    const text = exportNotebook(store, original)
    expect(parseNotebook(text).cells.map(({ id }) => id)).toEqual(['b', 'a', 'new'])
    expect(text).toContain('{"cell_type": "code", "id": "a", "metadata": {"x": 1.0}, "execution_count": null')
    expect(text).toContain('\n    {\n      "cell_type": "markdown",\n      "id": "new",')
    expect(schemaMistakes(text)).toEqual([])

    store.commit(events.cellDeleted({ id: 'b' }), events.cellTypeChanged({ id: 'a', cellType: 'raw' }))
    const later = exportNotebook(store, original)
    expect(parseNotebook(later).cells.map(({ id, type }) => [id, type])).toEqual([
      ['a', 'raw'],
      ['new', 'markdown'],
    ])
    expect(later).toContain('"x": 1.0')
    expect(schemaMistakes(later)).toEqual([])

    store.commit(events.cellDeleted({ id: 'a' }), events.cellDeleted({ id: 'new' }))
    expect(exportNotebook(store, original)).toContain('"cells": [],')
  })

  it('adds what a file leaves out when something was executed', async () => {
    const { store, original } = await imported(
      '{"nbformat": 4, "nbformat_minor": 0, "cells": [{"cell_type": "code", "source": "a"}]}',
    )
    execute(store, {
      cellId: original.cells[0]?.id ?? '',
      executionCount: 1,
      outputs: [stream('stdout', 'x')],
    })
    const text = exportNotebook(store, original)
    expect(text).toBe(
      `{"metadata": {}, "nbformat": 4, "nbformat_minor": 5, "cells": [{"cell_type": "code", "execution_count": 1, "id": "${original.cells[0]?.id}", "metadata": {}, "outputs": [{"name": "stdout", "output_type": "stream", "text": ["x"]}], "source": "a"}]}`,
    )
    expect(schemaMistakes(text)).toEqual([])
  })

  it('adds cells to a file that has none', async () => {
    const { store, original } = await imported(
      '{\n "cells": [],\n "metadata": {},\n "nbformat": 4,\n "nbformat_minor": 5\n}\n',
    )
    store.commit(events.cellCreated2({ id: 'a', fractionalIndex: 'm', cellType: 'raw', createdBy: 'user' }))
    expect(exportNotebook(store, original)).toBe(
      '{\n "cells": [\n  {\n   "cell_type": "raw",\n   "id": "a",\n   "metadata": {},\n   "source": []\n  }\n ],\n "metadata": {},\n "nbformat": 4,\n "nbformat_minor": 5\n}\n',
    )
  })
})

describe('exportNotebook without the original', () => {
  it('builds the same bytes as Jupyter wrote', async () => {
    const { store, original } = await imported(readFixture('jupyterlab-4.5.ipynb'))
    expect(exportNotebook(store)).toBe(original.text)
  })

  it.each(FIXTURE_NAMES)('builds valid nbformat 4.5 with nothing of the file lost: %s', async (name) => {
    const { store, original } = await imported(readFixture(name))
    const text = exportNotebook(store)
    expect(schemaMistakes(text)).toEqual([])
    const again = parseNotebook(text)
    expect({ cells: again.cells, metadata: again.metadata }).toEqual({
      cells: original.cells,
      metadata: original.metadata,
    })
  })

  it('builds a notebook from a store that no file was imported into', async () => {
    const store = await openMemoryStore()
    expect(schemaMistakes(exportNotebook(store))).toEqual([])
    store.commit(
      events.notebookMetadataSet({ key: 'runtimeType', value: 'python' }),
      events.cellCreated2({
        id: 'cell:with.odd/id',
        fractionalIndex: 'm',
        cellType: 'sql',
        createdBy: 'user',
      }),
      events.cellSourceChanged({ id: 'cell:with.odd/id', source: 'select 1', modifiedBy: 'user' }),
    )
    const text = exportNotebook(store)
    expect(schemaMistakes(text)).toEqual([])
    const { cells, kernelName } = parseNotebook(text)
    expect(kernelName).toBe('python3')
    expect(cells[0]).toMatchObject({ type: 'code', metadata: { runtimed: { cell_type: 'sql' } } })
    expect(cells[0]?.id).toMatch(/^[0-9a-f]{8}$/)
  })

  it('writes text, appended text, results, displays, markdown, errors and artifacts of a store', async () => {
    const { store } = await imported(twoCells)
    const place = { cellId: 'a' }
    const artifact = { type: 'artifact', artifactId: 'art-1' } as const
    store.commit(
      events.terminalOutputAdded({
        ...place,
        id: 't1',
        position: 0,
        streamName: 'stdout',
        content: { type: 'inline', data: 'a' },
      }),
      events.terminalOutputAppended2({ id: 'd2', outputId: 't1', delta: 'c\n', sequenceNumber: 2 }),
      events.terminalOutputAppended2({ id: 'd1', outputId: 't1', delta: 'b\n', sequenceNumber: 1 }),
      events.terminalOutputAdded({
        ...place,
        id: 't2',
        position: 1,
        streamName: 'stdout',
        content: { type: 'inline', data: 'd' },
      }),
      events.terminalOutputAdded({
        ...place,
        id: 't3',
        position: 2,
        streamName: 'stderr',
        content: artifact,
      }),
      events.markdownOutputAdded({
        ...place,
        id: 'm',
        position: 3,
        content: { type: 'inline', data: '# A' },
      }),
      events.markdownOutputAppended2({ id: 'd3', outputId: 'm', delta: '\nB', sequenceNumber: 1 }),
      events.multimediaDisplayOutputAdded({
        ...place,
        id: 'p',
        position: 4,
        displayId: 'transient',
        representations: { 'image/png': { ...artifact, metadata: { width: 5 } } },
      }),
      events.multimediaResultOutputAdded({
        ...place,
        id: 'r',
        position: 5,
        executionCount: 3,
        representations: inline({
          'application/json': { a: [1] },
          'text/html': '<b>\n</b>',
          'image/png': 'AA\nBB\n',
          'text/x-odd': 5,
        }),
      }),
      events.errorOutputAdded({
        ...place,
        id: 'e',
        position: 6,
        content: { type: 'inline', data: { ename: 'E', evalue: '', traceback: [] } },
      }),
    )
    const text = exportNotebook(store)
    expect(schemaMistakes(text)).toEqual([])
    expect(outputsOf(text)[0]).toEqual([
      { name: 'stdout', output_type: 'stream', text: ['ab\n', 'c\n', 'd'] },
      { name: 'stderr', output_type: 'stream', text: ['[text/plain is stored as artifact art-1]\n'] },
      { data: { 'text/markdown': ['# A\n', 'B'] }, metadata: {}, output_type: 'display_data' },
      {
        data: { 'text/plain': ['[image/png is stored as artifact art-1]\n'] },
        metadata: { 'image/png': { artifactId: 'art-1', width: 5 } },
        output_type: 'display_data',
      },
      {
        data: {
          'application/json': { a: [1] },
          'image/png': 'AA\nBB\n',
          'text/html': ['<b>\n', '</b>'],
          'text/x-odd': ['5'],
        },
        execution_count: 3,
        metadata: {},
        output_type: 'execute_result',
      },
      { ename: 'E', evalue: '', output_type: 'error', traceback: [] },
    ])
  })
})
