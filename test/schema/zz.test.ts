import { expect, test } from 'vitest'
import { events, tables, neighboringCells, adjacentCells, getAdjacentCells } from '@runtimed/schema'
import { openNotebookStore, dumpTables } from './notebook-store.js'

test('x', async () => {
  const { store, isAlive, close } = await openNotebookStore()
  store.commit(events.cellCreated2({ id: 'c1', fractionalIndex: 'm', cellType: 'code', createdBy: 'u' }))
  store.commit(events.cellCreated2({ id: 'c2', fractionalIndex: 'm', cellType: 'code', createdBy: 'u' }))
  store.commit(events.cellCreated2({ id: 'c3', fractionalIndex: 'n', cellType: 'code', createdBy: 'u' }))
  store.commit(
    events.executionRequested({ queueId: 'q1', cellId: 'c1', executionCount: 1, requestedBy: 'u' }),
  )
  store.commit(events.executionAssigned({ queueId: 'q1', runtimeSessionId: 's' }))
  store.commit(
    events.executionStarted({ queueId: 'q1', cellId: 'c1', runtimeSessionId: 's', startedAt: new Date() }),
  )
  store.commit(events.cellOutputsCleared({ cellId: 'c1', wait: true, clearedBy: 'runtime-x' }))
  store.commit(
    events.terminalOutputAdded({
      id: 'o1',
      cellId: 'c1',
      position: 0,
      content: { type: 'inline', data: 'hi' },
      streamName: 'stdout',
    }),
  )
  store.commit(events.terminalOutputAppended2({ id: 'd1', outputId: 'o1', delta: 'x', sequenceNumber: 0 }))
  store.commit(events.terminalOutputAppended2({ id: 'd1', outputId: 'o1', delta: 'x', sequenceNumber: 0 }))
  console.log(JSON.stringify(dumpTables(store), null, 1))
  console.log(
    store.query(neighboringCells('c2')),
    store.query(adjacentCells('c1')),
    store.query(getAdjacentCells('c2', 'm').previousCell$),
    store.query(getAdjacentCells('c2', 'm').nextCell$),
  )
  console.log(
    store.query<any>({
      query: `select name, sql from sqlite_master where sql is not null and name not like '\\_\\_%' escape '\\'`,
      bindValues: {},
    }),
  )
  const explain = (q: string, b: any = {}) =>
    console.log(
      q,
      store.query<any>({ query: 'explain query plan ' + q, bindValues: b }).map((r: any) => r.detail),
    )
  explain('select coalesce(max(requestSeq),0)+1 from executionQueue')
  const t = (name: string, run: () => void, n = 200) => {
    const s = process.cpuUsage().user
    for (let i = 0; i < n; i++) run()
    console.log(name, (process.cpuUsage().user - s) / 1000 / n)
  }
  let k = 0
  for (let r = 0; r < 2; r++) {
    t(
      'debug',
      () => store.commit(...Array.from({ length: 10 }, () => events.debug1({ id: String(k++) }))),
      30,
    )
    t(
      'terminal',
      () =>
        store.commit(
          ...Array.from({ length: 10 }, () =>
            events.terminalOutputAdded({
              id: String(k++),
              cellId: 'c1',
              position: 0,
              content: { type: 'inline', data: 'hi' },
              streamName: 'stdout',
            }),
          ),
        ),
      30,
    )
    t(
      'delta',
      () =>
        store.commit(
          ...Array.from({ length: 10 }, () =>
            events.terminalOutputAppended2({
              id: String(k++),
              outputId: 'o1',
              delta: 'x',
              sequenceNumber: k,
            }),
          ),
        ),
      30,
    )
    t(
      'request',
      () =>
        store.commit(
          ...Array.from({ length: 10 }, () =>
            events.executionRequested({
              queueId: String(k++),
              cellId: 'c1',
              executionCount: 1,
              requestedBy: 'u',
            }),
          ),
        ),
      30,
    )
  }
  expect(isAlive()).toBe(true)
  await close()
})
