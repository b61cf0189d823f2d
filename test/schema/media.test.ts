import {
  AI_TOOL_CALL_MIME_TYPE,
  AI_TOOL_RESULT_MIME_TYPE,
  getNotebookInfo,
  getNotebookMetadata,
  isAiToolCallData,
  isAiToolResultData,
  isArtifactContainer,
  isErrorOutput,
  isInlineContainer,
  isRichOutput,
  MediaRepresentationSchema,
  Schema,
} from '@runtimed/schema'
import { describe, expect, test } from 'vitest'

describe('media containers', () => {
  test('are told apart by their type', () => {
    const inline = { type: 'inline', data: 1 } as const
    const artifact = { type: 'artifact', artifactId: 'a' } as const
    expect([isInlineContainer(inline), isInlineContainer(artifact)]).toEqual([true, false])
    expect([isArtifactContainer(inline), isArtifactContainer(artifact)]).toEqual([false, true])
  })

  test('decode inline content and artifact references, and nothing else', () => {
    const isRepresentation = Schema.is(MediaRepresentationSchema)
    expect(isRepresentation({ type: 'inline', data: { any: 'thing' }, metadata: { width: 1 } })).toBe(true)
    expect(isRepresentation({ type: 'artifact', artifactId: 'a' })).toBe(true)
    expect(isRepresentation({ type: 'artifact' })).toBe(false)
    expect(isRepresentation({ type: 'other', data: 1 })).toBe(false)
  })
})

describe('data guards', () => {
  test('an error output has a name and a value', () => {
    expect(isErrorOutput({ ename: 'E', evalue: 'v' })).toBe(true)
    expect(isErrorOutput({ ename: 'E', evalue: 1, traceback: [] })).toBe(false)
    expect(isErrorOutput(null)).toBe(false)
  })

  test('any other object is a rich output', () => {
    expect([{}, [], { 'text/plain': {} }].every(isRichOutput)).toBe(true)
    expect([null, 'text', { ename: 'E', evalue: 'v' }].some(isRichOutput)).toBe(false)
  })

  test('tool calls and tool results', () => {
    const call = { tool_call_id: 'i', tool_name: 'n', arguments: {} }
    expect([call, { ...call, arguments: null }].every(isAiToolCallData)).toBe(true)
    expect([{ ...call, arguments: 'x' }, { ...call, tool_name: 1 }, null].some(isAiToolCallData)).toBe(false)
    expect(isAiToolResultData({ tool_call_id: 'i', status: 'success' })).toBe(true)
    expect(isAiToolResultData({ tool_call_id: 'i', status: 'error' })).toBe(true)
    expect([{ tool_call_id: 'i', status: 'x' }, { status: 'error' }].some(isAiToolResultData)).toBe(false)
  })

  test('tool types are the names that existing clients use', () => {
    expect(AI_TOOL_CALL_MIME_TYPE).toBe('application/vnd.anode.aitool+json')
    expect(AI_TOOL_RESULT_MIME_TYPE).toBe('application/vnd.anode.aitool.result+json')
  })
})

describe('notebook metadata', () => {
  const records = [
    { key: 'title', value: 'First' },
    { key: 'title', value: 'Second' },
    { key: 'isPublic', value: 'TRUE' },
  ]

  test('the first record of a key counts', () => {
    expect(getNotebookMetadata(records, 'title')).toBe('First')
    expect(getNotebookMetadata(records, 'ownerId')).toBe('')
    expect(getNotebookMetadata(records, 'ownerId', 'nobody')).toBe('nobody')
  })

  test('what is not recorded has a default, and only "true" is public', () => {
    expect(getNotebookInfo([])).toEqual({
      title: 'Untitled',
      ownerId: 'unknown',
      runtimeType: 'python3',
      isPublic: false,
    })
    expect(getNotebookInfo(records).isPublic).toBe(false)
    expect(getNotebookInfo([{ key: 'isPublic', value: 'true' }]).isPublic).toBe(true)
  })
})
