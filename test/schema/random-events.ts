import { cellTypes, events, type MediaContainer } from '@runtimed/schema'
import { createRandom, type Random } from './random.js'

const CELLS = ['c1', 'c2', 'c3', 'c4']
const REQUESTS = ['q1', 'q2', 'q3', 'q4', 'q5', 'q6', 'q7', 'q8']
const SESSIONS = ['s1', 's2']
const OUTPUTS = ['o1', 'o2', 'o3', 'o4', 'o5', 'o6']
const DELTAS = Array.from({ length: 20 }, (_, place) => `d${place}`)
const ACTORS = ['ann', 'bob', 'runtime-r1', 'system', 'ann-rebalance', '']
const FILES = ['f1', 'f2']
const TOOLS = ['t1', 't2']
const DISPLAYS = ['x1', 'x2', '']
const TEXTS = ['', 'text', "it's", 'naïve 🎉', '{"json":1}', 'a\nb', 'x'.repeat(2000)]
const NUMBERS = [0, 1, -1, 35, 36, 2.5, -0.5, 1e9, 2 ** 53, 1e15, 1e300, -1e300]
const INDICES = ['a', 'a0', 'm', 'm', 'z', 'not an index']
const DATES = [new Date(0), new Date('2024-02-29T12:00:00.001Z'), new Date(8.64e15), new Date(-8.64e15)]
const DATA = ['text', '', 0, -1.5, true, false, null, { nested: [1, { two: 2 }] }, [], ['a', 'b']]
const MIME_TYPES = ['text/plain', 'text/html', 'image/png', 'application/json', 'x/unknown', 'text/markdown']

/** Makes one event of each kind with arguments drawn from small pools, so that they meet each other. */
const makers = (random: Random) => {
  const { pick, oneIn } = random
  const flag = (): boolean => oneIn(2)
  const optional = <T>(list: ReadonlyArray<T>): T | undefined => (oneIn(2) ? undefined : pick(list))
  const metadata = () => (oneIn(2) ? {} : { metadata: { width: pick(NUMBERS), note: pick(TEXTS) } })
  const content = (): MediaContainer =>
    oneIn(4)
      ? { type: 'artifact', artifactId: pick(TEXTS), ...metadata() }
      : { type: 'inline', data: pick(DATA), ...metadata() }
  const bundle = (): Record<string, MediaContainer> =>
    Object.fromEntries(MIME_TYPES.filter(() => oneIn(3)).map((mimeType) => [mimeType, content()]))
  const placement = () => ({ id: pick(OUTPUTS), cellId: pick(CELLS), position: pick(NUMBERS) })
  const delta = () => ({
    id: pick(DELTAS),
    outputId: pick(OUTPUTS),
    delta: pick(TEXTS),
    sequenceNumber: pick(NUMBERS),
  })
  const actor = () => ({ actorId: optional(ACTORS) })
  const request = () => ({ queueId: pick(REQUESTS), cellId: pick(CELLS) })

  return {
    debug1: () => events.debug1({ id: pick(TEXTS) }),
    fileUploaded: () =>
      events.fileUploaded({
        artifactId: pick(TEXTS),
        mimeType: pick(MIME_TYPES),
        fileName: pick(FILES),
        createdAt: pick(DATES),
        createdBy: pick(ACTORS),
        fileUrl: optional(TEXTS),
      }),
    fileDeleted: () => events.fileDeleted({ fileName: pick(FILES) }),
    fileDeleted2: () => events.fileDeleted2({ fileName: pick(FILES), deletedAt: pick(DATES) }),
    notebookInitialized: () =>
      events.notebookInitialized({ id: pick(TEXTS), title: pick(TEXTS), ownerId: pick(ACTORS) }),
    notebookTitleChanged: () => events.notebookTitleChanged({ title: pick(TEXTS) }),
    notebookMetadataSet: () => events.notebookMetadataSet({ key: pick(TEXTS), value: pick(TEXTS) }),
    cellCreated: () =>
      events.cellCreated({
        id: pick(CELLS),
        cellType: pick(cellTypes),
        position: pick(NUMBERS),
        createdBy: pick(ACTORS),
        ...actor(),
      }),
    cellCreated2: () =>
      events.cellCreated2({
        id: pick(CELLS),
        fractionalIndex: pick(INDICES),
        cellType: pick(cellTypes),
        createdBy: pick(ACTORS),
      }),
    cellSourceChanged: () =>
      events.cellSourceChanged({ id: pick(CELLS), source: pick(TEXTS), modifiedBy: pick(ACTORS) }),
    cellTypeChanged: () => events.cellTypeChanged({ id: pick(CELLS), cellType: pick(cellTypes), ...actor() }),
    cellDeleted: () => events.cellDeleted({ id: pick(CELLS), ...actor() }),
    cellMoved: () => events.cellMoved({ id: pick(CELLS), newPosition: pick(NUMBERS), ...actor() }),
    cellMoved2: () => events.cellMoved2({ id: pick(CELLS), fractionalIndex: pick(INDICES), ...actor() }),
    cellSourceVisibilityToggled: () =>
      events.cellSourceVisibilityToggled({ id: pick(CELLS), sourceVisible: flag(), ...actor() }),
    cellOutputVisibilityToggled: () =>
      events.cellOutputVisibilityToggled({ id: pick(CELLS), outputVisible: flag(), ...actor() }),
    cellAiContextVisibilityToggled: () =>
      events.cellAiContextVisibilityToggled({ id: pick(CELLS), aiContextVisible: flag(), ...actor() }),
    runtimeSessionStarted: () =>
      events.runtimeSessionStarted({
        sessionId: pick(SESSIONS),
        runtimeId: pick(TEXTS),
        runtimeType: pick(TEXTS),
        capabilities: {
          canExecuteCode: flag(),
          canExecuteSql: flag(),
          canExecuteAi: flag(),
          availableAiModels: pick(DATA),
        },
      }),
    runtimeSessionRenewal: () =>
      events.runtimeSessionRenewal({
        sessionId: pick(SESSIONS),
        renewedAt: pick(DATES),
        validForMs: pick(NUMBERS),
      }),
    presenceSet: () => events.presenceSet({ userId: pick(ACTORS), cellId: optional([...CELLS, '']) }),
    runtimeSessionStatusChanged: () =>
      events.runtimeSessionStatusChanged({
        sessionId: pick(SESSIONS),
        status: pick(['ready', 'busy', 'restarting'] as const),
      }),
    runtimeSessionTerminated: () =>
      events.runtimeSessionTerminated({
        sessionId: pick(SESSIONS),
        reason: pick(['shutdown', 'restart', 'error', 'timeout', 'displaced'] as const),
      }),
    executionRequested: () =>
      events.executionRequested({
        ...request(),
        executionCount: pick(NUMBERS),
        requestedBy: pick(ACTORS),
        ...actor(),
      }),
    executionAssigned: () =>
      events.executionAssigned({ queueId: pick(REQUESTS), runtimeSessionId: pick(SESSIONS) }),
    executionStarted: () =>
      events.executionStarted({ ...request(), runtimeSessionId: pick(SESSIONS), startedAt: pick(DATES) }),
    executionCompleted: () =>
      events.executionCompleted({
        ...request(),
        status: pick(['success', 'error', 'cancelled'] as const),
        error: optional(TEXTS),
        completedAt: pick(DATES),
        executionDurationMs: pick(NUMBERS),
      }),
    executionCancelled: () =>
      events.executionCancelled({
        ...request(),
        cancelledBy: pick(ACTORS),
        reason: pick(TEXTS),
        ...actor(),
      }),
    allExecutionsCancelled: () => events.allExecutionsCancelled(),
    multipleExecutionRequested: () =>
      events.multipleExecutionRequested({
        requestedBy: pick(ACTORS),
        cellsInfo: [pick(REQUESTS), pick(REQUESTS)].map((queueId) => ({
          id: pick(CELLS),
          executionCount: pick(NUMBERS),
          queueId,
        })),
      }),
    multimediaDisplayOutputAdded: () =>
      events.multimediaDisplayOutputAdded({
        ...placement(),
        representations: bundle(),
        displayId: optional(DISPLAYS),
      }),
    multimediaDisplayOutputUpdated: () =>
      events.multimediaDisplayOutputUpdated({ displayId: pick(DISPLAYS), representations: bundle() }),
    multimediaResultOutputAdded: () =>
      events.multimediaResultOutputAdded({
        ...placement(),
        representations: bundle(),
        executionCount: pick(NUMBERS),
      }),
    terminalOutputAdded: () =>
      events.terminalOutputAdded({
        ...placement(),
        content: content(),
        streamName: pick(['stdout', 'stderr'] as const),
      }),
    terminalOutputAppended: () =>
      events.terminalOutputAppended({ outputId: pick(OUTPUTS), content: content() }),
    terminalOutputAppended2: () => events.terminalOutputAppended2(delta()),
    markdownOutputAdded: () => events.markdownOutputAdded({ ...placement(), content: content() }),
    markdownOutputAppended: () =>
      events.markdownOutputAppended({ outputId: pick(OUTPUTS), content: content() }),
    markdownOutputAppended2: () => events.markdownOutputAppended2(delta()),
    errorOutputAdded: () => events.errorOutputAdded({ ...placement(), content: content() }),
    cellOutputsCleared: () =>
      events.cellOutputsCleared({ cellId: pick(CELLS), wait: flag(), clearedBy: pick(ACTORS) }),
    allOutputsCleared: () => events.allOutputsCleared({ clearedBy: pick(ACTORS) }),
    aiSettingsChanged: () =>
      events.aiSettingsChanged({
        cellId: pick(CELLS),
        provider: pick(TEXTS),
        model: pick(TEXTS),
        settings: { temperature: optional(NUMBERS), systemPrompt: optional(TEXTS) },
      }),
    sqlConnectionChanged: () =>
      events.sqlConnectionChanged({
        cellId: pick(CELLS),
        connectionId: optional(TEXTS),
        changedBy: pick(ACTORS),
      }),
    sqlResultVariableChanged: () =>
      events.sqlResultVariableChanged({
        cellId: pick(CELLS),
        resultVariable: optional(TEXTS),
        changedBy: pick(ACTORS),
      }),
    actorProfileSet: () =>
      events.actorProfileSet({
        id: pick(ACTORS),
        type: pick(['human', 'runtime_agent'] as const),
        displayName: pick(TEXTS),
        avatar: optional(TEXTS),
      }),
    toolApprovalRequested: () =>
      events.toolApprovalRequested({
        toolCallId: pick(TOOLS),
        cellId: pick(CELLS),
        toolName: pick(TEXTS),
        arguments: { value: pick(DATA) },
        requestedAt: pick(DATES),
      }),
    toolApprovalResponded: () =>
      events.toolApprovalResponded({
        toolCallId: pick(TOOLS),
        status: pick(['approved_once', 'approved_always', 'denied'] as const),
        approvedBy: pick(ACTORS),
        respondedAt: pick(DATES),
      }),
  }
}

type Makers = ReturnType<typeof makers>

/** An event with valid arguments. */
export type RandomEvent = ReturnType<Makers[keyof Makers]>

/** Kinds that stories are made of: they are drawn more often than the rest. */
const FREQUENT: ReadonlyArray<keyof Makers> = [
  'cellCreated2',
  'runtimeSessionStarted',
  'executionRequested',
  'executionAssigned',
  'executionStarted',
  'executionCompleted',
  'terminalOutputAdded',
  'terminalOutputAppended2',
]

/** Export keys of all kinds that `randomEvents` draws from. */
export const RANDOM_EVENT_KEYS = Object.keys(makers(createRandom(0)))

/** One event of every kind, then events of random kinds, in an order that only the seed decides. */
export const randomEvents = (seed: number, count: number): Array<RandomEvent> => {
  const random = createRandom(seed)
  const make = makers(random)
  const keys = Object.keys(make) as Array<keyof Makers>
  return Array.from({ length: count }, (_, place) => {
    const key = keys[place] ?? random.pick(random.oneIn(2) ? FREQUENT : keys)
    return make[key]()
  })
}
