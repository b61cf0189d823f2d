import * as schemaPackage from '@runtimed/schema'
import { describe, expect, test } from 'vitest'

const RUNTIME_EXPORTS = `
  makeSchema State Events Schema LiveStore queryDb SessionIdSymbol signal createStorePromise sql
  tables events materializers schema queries
  maxAiIterations$ cellsWithIndices$ cellOrdering$ firstCell$ lastCell$ cellsBefore cellsAfter neighboringCells
  getAdjacentCells cellPositionInfo cellsInRange cellIDs$ cellReferences$ cellList$ cellFractionalIndex
  adjacentCells notebookMetadata$ cellQuery runtimeSessions$ cells$ outputDeltasQuery outputDeltas$
  applyDeltas getFinalContent
  RUNTIME_SESSION_TIMEOUT_MS SAFE_MIME_TYPES cellTypes TEXT_MIME_TYPES APPLICATION_MIME_TYPES IMAGE_MIME_TYPES
  JUPYTER_MIME_TYPES AI_TOOL_MIME_TYPES KNOWN_MIME_TYPES AI_TOOL_CALL_MIME_TYPE AI_TOOL_RESULT_MIME_TYPE
  MediaRepresentationSchema CellTypeSchema ExecutionStateSchema OutputTypeSchema RuntimeStatusSchema
  QueueStatusSchema ActorTypeSchema
  isTextMimeType isApplicationMimeType isImageMimeType isJupyterMimeType isAiToolMimeType isKnownMimeType
  isJsonMimeType isTextBasedMimeType validateMediaBundle
  isInlineContainer isArtifactContainer isErrorOutput isRichOutput isAiToolCallData isAiToolResultData
  getNotebookMetadata getNotebookInfo
  defaultJitterProvider createTestJitterProvider fractionalIndexBetween generateFractionalIndices
  initialFractionalIndex needsRebalancing rebalanceCellIndices fractionalIndexBetweenWithFallback
  isValidFractionalIndex validateFractionalIndexOrder
  moveCellWithRebalancing moveCellBetween createCellBetween moveCellBetweenWithRebalancing
  createCellBetweenAndCommit moveCellBetweenAndCommit
`
  .trim()
  .split(/\s+/)

const QUERY_EXPORTS = RUNTIME_EXPORTS.slice(
  RUNTIME_EXPORTS.indexOf('maxAiIterations$'),
  RUNTIME_EXPORTS.indexOf('applyDeltas'),
)

describe('the package entry', () => {
  test('exports the 90 known names and nothing else', () => {
    expect(RUNTIME_EXPORTS).toHaveLength(90)
    expect(Object.keys(schemaPackage).toSorted()).toEqual(RUNTIME_EXPORTS.toSorted())
  })

  test('has every query in the namespace too', () => {
    const flat = Object.fromEntries(
      Object.entries(schemaPackage).filter(([name]) => QUERY_EXPORTS.includes(name)),
    )
    expect(Object.keys(flat)).toHaveLength(QUERY_EXPORTS.length)
    expect(schemaPackage.queries).toMatchObject(flat)
  })

  test('says how long a session renewal lasts', () => {
    expect(schemaPackage.RUNTIME_SESSION_TIMEOUT_MS).toBe(30_000)
  })

  test('lists the literals of every union', () => {
    const literals = (schema: { literals: readonly string[] }) => schema.literals
    expect(schemaPackage.cellTypes).toEqual(['code', 'markdown', 'sql', 'ai', 'raw'])
    expect(literals(schemaPackage.CellTypeSchema)).toEqual(schemaPackage.cellTypes)
    expect(literals(schemaPackage.ExecutionStateSchema)).toEqual([
      'idle',
      'queued',
      'running',
      'completed',
      'error',
    ])
    expect(literals(schemaPackage.OutputTypeSchema)).toEqual([
      'multimedia_display',
      'multimedia_result',
      'terminal',
      'markdown',
      'error',
    ])
    expect(literals(schemaPackage.RuntimeStatusSchema)).toEqual([
      'starting',
      'ready',
      'busy',
      'restarting',
      'terminated',
    ])
    expect(literals(schemaPackage.QueueStatusSchema)).toEqual([
      'pending',
      'assigned',
      'executing',
      'completed',
      'failed',
      'cancelled',
    ])
    expect(literals(schemaPackage.ActorTypeSchema)).toEqual(['human', 'runtime_agent'])
  })
})

/** Compiles only while every type-only export exists. */
export type TypeExports = [
  schemaPackage.BootStatus,
  schemaPackage.Adapter,
  schemaPackage.Store,
  schemaPackage.CellType,
  schemaPackage.CellTypeNoRaw,
  schemaPackage.ExecutionState,
  schemaPackage.OutputType,
  schemaPackage.RuntimeStatus,
  schemaPackage.QueueStatus,
  schemaPackage.ActorType,
  schemaPackage.InlineContainer<string>,
  schemaPackage.ArtifactContainer,
  schemaPackage.MediaContainer<string>,
  schemaPackage.TextMimeType,
  schemaPackage.ApplicationMimeType,
  schemaPackage.ImageMimeType,
  schemaPackage.JupyterMimeType,
  schemaPackage.AiToolMimeType,
  schemaPackage.KnownMimeType,
  schemaPackage.MediaBundle,
  schemaPackage.NotebookMetadataData,
  schemaPackage.CellData,
  schemaPackage.OutputData,
  schemaPackage.RuntimeSessionData,
  schemaPackage.ExecutionQueueData,
  schemaPackage.UiStateData,
  schemaPackage.FileData,
  schemaPackage.RichOutputData,
  schemaPackage.ErrorOutputData,
  schemaPackage.AiToolCallData,
  schemaPackage.AiToolResultData,
  schemaPackage.JitterProvider,
  schemaPackage.RebalanceResult,
  schemaPackage.RebalanceOptions,
  schemaPackage.CellOperationResult,
  schemaPackage.MoveOperationResult,
  schemaPackage.CellReference,
]
