import { events, materializers, Schema, tables } from '@runtimed/schema'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeFields, describeSchema } from './describe-schema.js'
import { type NotebookStore, openNotebookStore } from './notebook-store.js'
import { ADDED_COLUMNS, WIRE_EVENTS, WIRE_TABLES } from './wire-contract.js'

const CLIENT_EVENTS = ['agentTransitionsRecorded', 'uiStateSet']

describe('events', () => {
  test('there are 47 synced events, and two that stay in the client', () => {
    expect(Object.keys(events).toSorted()).toEqual([...Object.keys(WIRE_EVENTS), ...CLIENT_EVENTS].toSorted())
    expect(Object.keys(events)).toHaveLength(49)
  })

  test.each(Object.entries(WIRE_EVENTS))('%s has its wire name and fields', (key, [name, fields]) => {
    const definition = events[key as keyof typeof events]
    const ast = definition.schema.ast
    expect(definition.name).toBe(name)
    expect(ast._tag === 'TypeLiteral' ? describeFields(ast) : describeSchema(ast)).toEqual(fields)
    expect(definition.options).toMatchObject({ clientOnly: false, derived: false })
  })

  test('the setter of the user-interface state stays in the client', () => {
    expect(events.uiStateSet.name).toBe('uiStateSet')
    expect(events.uiStateSet.options).toMatchObject({ clientOnly: true, derived: true })
  })

  test('the history of an agent stays in the client', () => {
    expect(events.agentTransitionsRecorded.options).toMatchObject({ clientOnly: true })
  })

  test('every event but the setter has a materializer, and nothing else has', () => {
    const names = [...Object.values(WIRE_EVENTS).map(([name]) => name), 'v1.AgentTransitionsRecorded']
    expect(Object.keys(materializers).toSorted()).toEqual(names.toSorted())
  })

  test('a constructor returns name and arguments, dates kept as dates', () => {
    const startedAt = new Date('2024-05-06T07:08:09.010Z')
    const args = { queueId: 'q', cellId: 'c', runtimeSessionId: 's', startedAt }
    expect(events.executionStarted(args)).toEqual({ name: 'v1.ExecutionStarted', args })
    expect(events.executionStarted(args).args.startedAt).toBe(startedAt)
  })

  test('dates are ISO strings on the wire and undefined optional fields are absent', () => {
    const completed = {
      queueId: 'q',
      cellId: 'c',
      status: 'success',
      error: undefined,
      completedAt: new Date(Date.UTC(2024, 0, 2, 3, 4, 5, 6)),
      executionDurationMs: 7,
    } as const
    expect(Schema.encodeSync(events.executionCompleted.schema)(completed)).toEqual({
      queueId: 'q',
      cellId: 'c',
      status: 'success',
      completedAt: '2024-01-02T03:04:05.006Z',
      executionDurationMs: 7,
    })
  })

  test('an event without arguments is made by a call without arguments', () => {
    expect(events.allExecutionsCancelled()).toEqual({ name: 'v1.AllExecutionsCancelled', args: undefined })
  })

  test('wrong arguments throw at once and name the event', () => {
    // @ts-expect-error a cell type that does not exist
    const create = () => events.cellCreated2({ id: 'c', fractionalIndex: 'm', cellType: 'x', createdBy: 'u' })
    expect(create).toThrow("Invalid event args for event 'v2.CellCreated'")
  })

  test('unknown extra fields are accepted', () => {
    const withExtra = { title: 't', extra: 1 }
    expect(events.notebookTitleChanged(withExtra)).toMatchObject({ name: 'v1.NotebookTitleChanged' })
  })
})

describe('tables', () => {
  let notebook: NotebookStore
  beforeAll(async () => {
    notebook = await openNotebookStore()
  })
  afterAll(() => notebook.close())

  type ColumnInfo = { name: string; type: string; notnull: number; dflt_value: string | null; pk: number }

  const describeColumn = ({ type, notnull, dflt_value, pk }: ColumnInfo): string => {
    if (pk === 1) return `${type.toUpperCase()} PK`
    const text = `${type.toUpperCase()} ${notnull === 1 ? 'NN' : 'null'}`
    return dflt_value === null ? text : `${text} ${dflt_value}`
  }

  const columnsOf = (table: string): Array<[string, string]> =>
    notebook.store
      .query<Array<ColumnInfo>>({ query: `pragma table_info("${table}")`, bindValues: {} })
      .map((column) => [column.name, describeColumn(column)])

  test('the user-interface state is a document of the session that setters merge into', () => {
    const { store } = notebook
    expect(store.query(tables.uiState.get())).toEqual({})
    store.commit(events.uiStateSet({ selectedCellId: 'a', runtimeStatus: 'ready' }))
    store.commit(events.uiStateSet({ editingCellId: 'b' }))
    expect(store.query(tables.uiState.get())).toEqual({
      selectedCellId: 'a',
      editingCellId: 'b',
      runtimeStatus: 'ready',
    })
  })

  test('there are 13, and the history of agents, which is the client’s own', () => {
    expect(Object.keys(tables).toSorted()).toEqual(
      [...Object.keys(WIRE_TABLES), 'agentTransitions'].toSorted(),
    )
    expect(Object.keys(tables)).toHaveLength(14)
  })

  test.each(Object.entries(WIRE_TABLES))('%s has the known columns, then the added ones', (key, wire) => {
    const [sqlName, columns] = wire
    const added = ADDED_COLUMNS[key] ?? {}
    expect(tables[key as keyof typeof tables].sqliteDef.name).toBe(sqlName)
    expect(columnsOf(sqlName)).toEqual([...Object.entries(columns), ...Object.entries(added)])
  })
})
