import { Schema, SessionIdSymbol, State } from '@livestore/livestore'
import { CellTypeSchema, ExecutionStateSchema, OutputTypeSchema } from './cell-types.js'
import { ExecutionOutcomeSchema, QueueStatusSchema, ToolApprovalStatusSchema } from './execution-types.js'
import { RepresentationsSchema } from './media.js'
import { RuntimeStatusSchema, TerminationReasonSchema } from './runtime-types.js'

const { table, clientDocument, text, integer, real, boolean, datetime, json } = State.SQLite

const debug = table({
  name: 'debug',
  columns: { id: text({ primaryKey: true }), version: text({ default: '1' }) },
})

const files = table({
  name: 'files',
  columns: {
    fileName: text({ primaryKey: true }),
    mimeType: text(),
    artifactId: text(),
    fileUrl: text({ nullable: true }),
    createdAt: datetime({ nullable: true }),
    createdBy: text(),
    deletedAt: datetime({ nullable: true }),
  },
})

const presence = table({
  name: 'presence',
  columns: { userId: text({ primaryKey: true }), cellId: text({ nullable: true }) },
})

const notebookMetadata = table({
  name: 'notebookMetadata',
  columns: { key: text({ primaryKey: true }), value: text() },
})

const cells = table({
  name: 'cells',
  columns: {
    id: text({ primaryKey: true }),
    cellType: text({ schema: CellTypeSchema }),
    source: text({ default: '' }),
    fractionalIndex: text({ nullable: true }),
    executionCount: integer({ nullable: true }),
    executionState: text({ schema: ExecutionStateSchema, default: 'idle' }),
    assignedRuntimeSession: text({ nullable: true }),
    lastExecutionDurationMs: integer({ nullable: true }),
    sqlConnectionId: text({ nullable: true }),
    sqlResultVariable: text({ nullable: true }),
    aiProvider: text({ nullable: true }),
    aiModel: text({ nullable: true }),
    aiSettings: json({ nullable: true, schema: Schema.Any }),
    sourceVisible: boolean({ default: true }),
    outputVisible: boolean({ default: true }),
    aiContextVisible: boolean({ default: true }),
    createdBy: text(),
    sqlChangedBy: text({ nullable: true }),
  },
  indexes: [{ name: 'cells_order', columns: ['fractionalIndex', 'id'] }],
})

const outputDeltas = table({
  name: 'output_deltas',
  columns: {
    id: text({ primaryKey: true }),
    outputId: text(),
    delta: text({ default: '' }),
    sequenceNumber: integer(),
  },
  indexes: [{ name: 'output_deltas_order', columns: ['outputId', 'sequenceNumber', 'id'] }],
})

const outputs = table({
  name: 'outputs',
  columns: {
    id: text({ primaryKey: true }),
    cellId: text(),
    outputType: text({ schema: OutputTypeSchema }),
    position: real(),
    streamName: text({ nullable: true }),
    executionCount: integer({ nullable: true }),
    displayId: text({ nullable: true }),
    data: text({ nullable: true }),
    artifactId: text({ nullable: true }),
    mimeType: text({ nullable: true }),
    metadata: json({ nullable: true, schema: Schema.Any }),
    representations: json({ nullable: true, schema: RepresentationsSchema }),
  },
  indexes: [
    { name: 'outputs_cell', columns: ['cellId', 'position', 'id'] },
    { name: 'outputs_display', columns: ['displayId'] },
  ],
})

const pendingClears = table({
  name: 'pendingClears',
  columns: { cellId: text({ primaryKey: true }), clearedBy: text() },
})

const runtimeSessions = table({
  name: 'runtimeSessions',
  columns: {
    sessionId: text({ primaryKey: true }),
    runtimeId: text(),
    runtimeType: text({ default: 'python3' }),
    status: text({ schema: RuntimeStatusSchema }),
    isActive: boolean({ default: true }),
    canExecuteCode: boolean({ default: false }),
    canExecuteSql: boolean({ default: false }),
    canExecuteAi: boolean({ default: false }),
    availableAiModels: json({ nullable: true, schema: Schema.Any }),
    lastRenewedAt: datetime({ nullable: true }),
    expiresAt: datetime({ nullable: true }),
    terminationReason: text({ nullable: true, schema: TerminationReasonSchema }),
    startedSeq: integer({ default: 0 }),
  },
  indexes: [{ name: 'runtimeSessions_active', columns: ['isActive'] }],
})

const executionQueue = table({
  name: 'executionQueue',
  columns: {
    id: text({ primaryKey: true }),
    cellId: text(),
    executionCount: integer(),
    requestedBy: text(),
    status: text({ schema: QueueStatusSchema, default: 'pending' }),
    assignedRuntimeSession: text({ nullable: true }),
    startedAt: datetime({ nullable: true }),
    completedAt: datetime({ nullable: true }),
    executionDurationMs: integer({ nullable: true }),
    requestSeq: integer({ default: 0 }),
    error: text({ nullable: true }),
    outcome: text({ nullable: true, schema: ExecutionOutcomeSchema }),
    cancelledBy: text({ nullable: true }),
    cancelReason: text({ nullable: true }),
  },
  indexes: [
    { name: 'executionQueue_status', columns: ['status', 'requestSeq'] },
    { name: 'executionQueue_cell', columns: ['cellId', 'requestSeq'] },
    { name: 'executionQueue_cell_status', columns: ['cellId', 'status', 'requestSeq'] },
    { name: 'executionQueue_session', columns: ['assignedRuntimeSession', 'status'] },
    { name: 'executionQueue_sequence', columns: ['requestSeq'] },
  ],
})

const uiState = clientDocument({
  name: 'uiState',
  schema: Schema.Struct({
    selectedCellId: Schema.optional(Schema.String),
    editingCellId: Schema.optional(Schema.String),
    runtimeStatus: Schema.optional(Schema.String),
  }),
  default: { id: SessionIdSymbol, value: {} },
})

const actors = table({
  name: 'actors',
  columns: {
    id: text({ primaryKey: true }),
    type: text(),
    displayName: text(),
    avatar: text({ nullable: true }),
  },
})

const toolApprovals = table({
  name: 'toolApprovals',
  columns: {
    toolCallId: text({ primaryKey: true }),
    cellId: text(),
    toolName: text(),
    status: text({ schema: ToolApprovalStatusSchema }),
    approvedBy: text({ nullable: true }),
    requestedAt: datetime(),
    respondedAt: datetime({ nullable: true }),
    arguments: json({ nullable: true, schema: Schema.Any }),
  },
})

const agentTransitions = table({
  name: 'agentTransitions',
  columns: {
    position: integer({ primaryKey: true }),
    agentId: text(),
    from: text(),
    to: text(),
    event: text(),
    cause: text({ nullable: true }),
    epoch: integer(),
    at: integer(),
  },
  indexes: [{ name: 'agentTransitions_agent', columns: ['agentId', 'position'] }],
})

/**
 * The tables of a notebook. They are a pure function of the event log.
 *
 * Columns that the event fields fill but other implementations may not have stand last in their table:
 * - `executionQueue.requestSeq`: place of the request in the log, counted from 1; `error`, `outcome`,
 *   `cancelledBy` and `cancelReason`: how the request ended;
 * - `runtimeSessions.terminationReason`; `startedSeq`: place of the latest start in the log, counted from 1;
 * - `toolApprovals.arguments`; `cells.sqlChangedBy`: who last changed the SQL settings.
 *
 * `agentTransitions` is this client's own: its event is never synced.
 */
export const tables = {
  debug,
  files,
  presence,
  notebookMetadata,
  cells,
  outputDeltas,
  outputs,
  pendingClears,
  runtimeSessions,
  executionQueue,
  uiState,
  actors,
  toolApprovals,
  agentTransitions,
}

export type NotebookMetadataData = typeof tables.notebookMetadata.Type
export type CellData = typeof tables.cells.Type
export type OutputData = typeof tables.outputs.Type
export type RuntimeSessionData = typeof tables.runtimeSessions.Type
export type ExecutionQueueData = typeof tables.executionQueue.Type
export type UiStateData = typeof tables.uiState.Type
export type FileData = typeof tables.files.Type
