const CellType = '"code" | "markdown" | "sql" | "ai" | "raw"'
const Media =
  '{ type: "inline", data: Any, metadata?: Record<String, Any> } | { type: "artifact", artifactId: String, metadata?: Record<String, Any> }'
const Bundle = `Record<String, ${Media}>`

/** Export key, wire name and fields of every synced event; `?` marks an optional field. Typed by hand. */
export const WIRE_EVENTS: Record<string, [name: string, fields: Record<string, string> | 'Void']> = {
  debug1: ['v1.Debug', { id: 'String' }],
  fileUploaded: [
    'v1.FileUploaded',
    {
      artifactId: 'String',
      mimeType: 'String',
      fileName: 'String',
      createdAt: 'Date',
      createdBy: 'String',
      'fileUrl?': 'String',
    },
  ],
  fileDeleted: ['v1.FileDeleted', { fileName: 'String' }],
  fileDeleted2: ['v2.FileDeleted', { fileName: 'String', deletedAt: 'Date' }],
  notebookInitialized: ['v1.NotebookInitialized', { id: 'String', title: 'String', ownerId: 'String' }],
  notebookTitleChanged: ['v1.NotebookTitleChanged', { title: 'String' }],
  notebookMetadataSet: ['v1.NotebookMetadataSet', { key: 'String', value: 'String' }],
  cellCreated: [
    'v1.CellCreated',
    { id: 'String', cellType: CellType, position: 'Number', createdBy: 'String', 'actorId?': 'String' },
  ],
  cellCreated2: [
    'v2.CellCreated',
    { id: 'String', fractionalIndex: 'String', cellType: CellType, createdBy: 'String' },
  ],
  cellSourceChanged: ['v1.CellSourceChanged', { id: 'String', source: 'String', modifiedBy: 'String' }],
  cellTypeChanged: ['v1.CellTypeChanged', { id: 'String', cellType: CellType, 'actorId?': 'String' }],
  cellDeleted: ['v1.CellDeleted', { id: 'String', 'actorId?': 'String' }],
  cellMoved: ['v1.CellMoved', { id: 'String', newPosition: 'Number', 'actorId?': 'String' }],
  cellMoved2: ['v2.CellMoved', { id: 'String', fractionalIndex: 'String', 'actorId?': 'String' }],
  cellSourceVisibilityToggled: [
    'v1.CellSourceVisibilityToggled',
    { id: 'String', sourceVisible: 'Boolean', 'actorId?': 'String' },
  ],
  cellOutputVisibilityToggled: [
    'v1.CellOutputVisibilityToggled',
    { id: 'String', outputVisible: 'Boolean', 'actorId?': 'String' },
  ],
  cellAiContextVisibilityToggled: [
    'v1.CellAiContextVisibilityToggled',
    { id: 'String', aiContextVisible: 'Boolean', 'actorId?': 'String' },
  ],
  runtimeSessionStarted: [
    'v1.RuntimeSessionStarted',
    {
      sessionId: 'String',
      runtimeId: 'String',
      runtimeType: 'String',
      capabilities:
        '{ canExecuteCode: Boolean, canExecuteSql: Boolean, canExecuteAi: Boolean, availableAiModels?: Any }',
    },
  ],
  runtimeSessionRenewal: [
    'v1.RuntimeSessionRenewal',
    { sessionId: 'String', renewedAt: 'Date', validForMs: 'Number' },
  ],
  presenceSet: ['v1.PresenceSet', { userId: 'String', 'cellId?': 'String' }],
  runtimeSessionStatusChanged: [
    'v1.RuntimeSessionStatusChanged',
    { sessionId: 'String', status: '"ready" | "busy" | "restarting"' },
  ],
  runtimeSessionTerminated: [
    'v1.RuntimeSessionTerminated',
    { sessionId: 'String', reason: '"shutdown" | "restart" | "error" | "timeout" | "displaced"' },
  ],
  executionRequested: [
    'v1.ExecutionRequested',
    {
      queueId: 'String',
      cellId: 'String',
      executionCount: 'Number',
      requestedBy: 'String',
      'actorId?': 'String',
    },
  ],
  executionAssigned: ['v1.ExecutionAssigned', { queueId: 'String', runtimeSessionId: 'String' }],
  executionStarted: [
    'v1.ExecutionStarted',
    { queueId: 'String', cellId: 'String', runtimeSessionId: 'String', startedAt: 'Date' },
  ],
  executionCompleted: [
    'v1.ExecutionCompleted',
    {
      queueId: 'String',
      cellId: 'String',
      status: '"success" | "error" | "cancelled"',
      'error?': 'String',
      completedAt: 'Date',
      executionDurationMs: 'Number',
    },
  ],
  executionCancelled: [
    'v1.ExecutionCancelled',
    { queueId: 'String', cellId: 'String', cancelledBy: 'String', 'actorId?': 'String', reason: 'String' },
  ],
  allExecutionsCancelled: ['v1.AllExecutionsCancelled', 'Void'],
  multipleExecutionRequested: [
    'v1.MultipleExecutionRequested',
    {
      requestedBy: 'String',
      cellsInfo: 'Array<{ id: String, executionCount: Number, queueId: String }>',
    },
  ],
  multimediaDisplayOutputAdded: [
    'v1.MultimediaDisplayOutputAdded',
    { id: 'String', cellId: 'String', position: 'Number', representations: Bundle, 'displayId?': 'String' },
  ],
  multimediaDisplayOutputUpdated: [
    'v1.MultimediaDisplayOutputUpdated',
    { displayId: 'String', representations: Bundle },
  ],
  multimediaResultOutputAdded: [
    'v1.MultimediaResultOutputAdded',
    { id: 'String', cellId: 'String', position: 'Number', representations: Bundle, executionCount: 'Number' },
  ],
  terminalOutputAdded: [
    'v1.TerminalOutputAdded',
    {
      id: 'String',
      cellId: 'String',
      position: 'Number',
      content: Media,
      streamName: '"stdout" | "stderr"',
    },
  ],
  terminalOutputAppended: ['v1.TerminalOutputAppended', { outputId: 'String', content: Media }],
  terminalOutputAppended2: [
    'v2.TerminalOutputAppended',
    { id: 'String', outputId: 'String', delta: 'String', sequenceNumber: 'Number' },
  ],
  markdownOutputAdded: [
    'v1.MarkdownOutputAdded',
    { id: 'String', cellId: 'String', position: 'Number', content: Media },
  ],
  markdownOutputAppended: ['v1.MarkdownOutputAppended', { outputId: 'String', content: Media }],
  markdownOutputAppended2: [
    'v2.MarkdownOutputAppended',
    { id: 'String', outputId: 'String', delta: 'String', sequenceNumber: 'Number' },
  ],
  errorOutputAdded: [
    'v1.ErrorOutputAdded',
    { id: 'String', cellId: 'String', position: 'Number', content: Media },
  ],
  cellOutputsCleared: ['v1.CellOutputsCleared', { cellId: 'String', wait: 'Boolean', clearedBy: 'String' }],
  allOutputsCleared: ['v1.AllOutputsCleared', { clearedBy: 'String' }],
  aiSettingsChanged: [
    'v1.AiSettingsChanged',
    {
      cellId: 'String',
      provider: 'String',
      model: 'String',
      settings: '{ temperature?: Number, maxTokens?: Number, systemPrompt?: String }',
    },
  ],
  sqlConnectionChanged: [
    'v1.SqlConnectionChanged',
    { cellId: 'String', 'connectionId?': 'String', changedBy: 'String' },
  ],
  sqlResultVariableChanged: [
    'v1.SqlResultVariableChanged',
    { cellId: 'String', 'resultVariable?': 'String', changedBy: 'String' },
  ],
  actorProfileSet: [
    'v1.ActorProfileSet',
    { id: 'String', type: '"human" | "runtime_agent"', displayName: 'String', 'avatar?': 'String' },
  ],
  toolApprovalRequested: [
    'v1.ToolApprovalRequested',
    {
      toolCallId: 'String',
      cellId: 'String',
      toolName: 'String',
      arguments: 'Record<String, Any>',
      requestedAt: 'Date',
    },
  ],
  toolApprovalResponded: [
    'v1.ToolApprovalResponded',
    {
      toolCallId: 'String',
      status: '"approved_once" | "approved_always" | "denied"',
      approvedBy: 'String',
      respondedAt: 'Date',
    },
  ],
}

/** SQL type, then `null` or `NN` for NOT NULL, then the default as SQLite prints it. `PK` for the primary key. */
type ColumnText = string

/** SQL name and columns of every table in their order, as other implementations have them. Typed by hand. */
export const WIRE_TABLES: Record<string, [sqlName: string, columns: Record<string, ColumnText>]> = {
  debug: ['debug', { id: 'TEXT PK', version: "TEXT NN '1'" }],
  files: [
    'files',
    {
      fileName: 'TEXT PK',
      mimeType: 'TEXT NN',
      artifactId: 'TEXT NN',
      fileUrl: 'TEXT null',
      createdAt: 'TEXT null',
      createdBy: 'TEXT NN',
      deletedAt: 'TEXT null',
    },
  ],
  presence: ['presence', { userId: 'TEXT PK', cellId: 'TEXT null' }],
  notebookMetadata: ['notebookMetadata', { key: 'TEXT PK', value: 'TEXT NN' }],
  cells: [
    'cells',
    {
      id: 'TEXT PK',
      cellType: 'TEXT NN',
      source: "TEXT NN ''",
      fractionalIndex: 'TEXT null',
      executionCount: 'INTEGER null',
      executionState: "TEXT NN 'idle'",
      assignedRuntimeSession: 'TEXT null',
      lastExecutionDurationMs: 'INTEGER null',
      sqlConnectionId: 'TEXT null',
      sqlResultVariable: 'TEXT null',
      aiProvider: 'TEXT null',
      aiModel: 'TEXT null',
      aiSettings: 'TEXT null',
      sourceVisible: 'INTEGER NN 1',
      outputVisible: 'INTEGER NN 1',
      aiContextVisible: 'INTEGER NN 1',
      createdBy: 'TEXT NN',
    },
  ],
  outputDeltas: [
    'output_deltas',
    { id: 'TEXT PK', outputId: 'TEXT NN', delta: "TEXT NN ''", sequenceNumber: 'INTEGER NN' },
  ],
  outputs: [
    'outputs',
    {
      id: 'TEXT PK',
      cellId: 'TEXT NN',
      outputType: 'TEXT NN',
      position: 'REAL NN',
      streamName: 'TEXT null',
      executionCount: 'INTEGER null',
      displayId: 'TEXT null',
      data: 'TEXT null',
      artifactId: 'TEXT null',
      mimeType: 'TEXT null',
      metadata: 'TEXT null',
      representations: 'TEXT null',
    },
  ],
  pendingClears: ['pendingClears', { cellId: 'TEXT PK', clearedBy: 'TEXT NN' }],
  runtimeSessions: [
    'runtimeSessions',
    {
      sessionId: 'TEXT PK',
      runtimeId: 'TEXT NN',
      runtimeType: "TEXT NN 'python3'",
      status: 'TEXT NN',
      isActive: 'INTEGER NN 1',
      canExecuteCode: 'INTEGER NN 0',
      canExecuteSql: 'INTEGER NN 0',
      canExecuteAi: 'INTEGER NN 0',
      availableAiModels: 'TEXT null',
      lastRenewedAt: 'TEXT null',
      expiresAt: 'TEXT null',
    },
  ],
  executionQueue: [
    'executionQueue',
    {
      id: 'TEXT PK',
      cellId: 'TEXT NN',
      executionCount: 'INTEGER NN',
      requestedBy: 'TEXT NN',
      status: "TEXT NN 'pending'",
      assignedRuntimeSession: 'TEXT null',
      startedAt: 'TEXT null',
      completedAt: 'TEXT null',
      executionDurationMs: 'INTEGER null',
    },
  ],
  uiState: ['uiState', { id: 'TEXT PK', value: 'TEXT NN' }],
  actors: ['actors', { id: 'TEXT PK', type: 'TEXT NN', displayName: 'TEXT NN', avatar: 'TEXT null' }],
  toolApprovals: [
    'toolApprovals',
    {
      toolCallId: 'TEXT PK',
      cellId: 'TEXT NN',
      toolName: 'TEXT NN',
      status: 'TEXT NN',
      approvedBy: 'TEXT null',
      requestedAt: 'TEXT NN',
      respondedAt: 'TEXT null',
    },
  ],
}

/** Columns of this implementation that stand after those above, all of them NULL or defaulted. */
export const ADDED_COLUMNS: Record<string, Record<string, ColumnText>> = {
  cells: { sqlChangedBy: 'TEXT null' },
  executionQueue: {
    requestSeq: 'INTEGER NN 0',
    error: 'TEXT null',
    outcome: 'TEXT null',
    cancelledBy: 'TEXT null',
    cancelReason: 'TEXT null',
  },
  runtimeSessions: { terminationReason: 'TEXT null', startedSeq: 'INTEGER NN 0' },
  toolApprovals: { arguments: 'TEXT null' },
}
