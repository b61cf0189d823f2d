import type { CellType } from '../cell-types.js'
import { events } from '../events.js'
import { legacyPositionIndex } from '../legacy-position.js'
import { defineMaterializer, operation } from '../sql-operation.js'
import { tables } from '../tables.js'
import { presenceAt } from './presence.js'

const createCell = (id: string, cellType: CellType, fractionalIndex: string, createdBy: string) =>
  operation(
    `insert into cells (id, cellType, fractionalIndex, createdBy) values (?1, ?2, ?3, ?4)
     on conflict (id) do nothing`,
    [id, cellType, fractionalIndex, createdBy],
    'cells',
  )

const moveCell = (id: string, fractionalIndex: string) =>
  operation('update cells set fractionalIndex = ?2 where id = ?1', [id, fractionalIndex], 'cells')

const cancelRequestsOf = (cellId: string, actorId: string | undefined) =>
  operation(
    `update executionQueue
     set status = 'cancelled', outcome = 'cancelled', cancelledBy = ?2, cancelReason = 'cell deleted'
     where cellId = ?1 and status in ('pending', 'assigned')`,
    [cellId, actorId ?? null],
    'executionQueue',
  )

const leaveCell = (cellId: string) =>
  operation('update presence set cellId = null where cellId = ?1', [cellId], 'presence')

export const cellMaterializers = {
  'v1.CellCreated': defineMaterializer(
    events.cellCreated,
    ({ id, cellType, position, createdBy, actorId }) => [
      createCell(id, cellType, legacyPositionIndex(position), createdBy),
      ...presenceAt(actorId || createdBy, id),
    ],
  ),

  'v2.CellCreated': defineMaterializer(
    events.cellCreated2,
    ({ id, cellType, fractionalIndex, createdBy }) => [
      createCell(id, cellType, fractionalIndex, createdBy),
      ...presenceAt(createdBy, id),
    ],
  ),

  'v1.CellSourceChanged': defineMaterializer(events.cellSourceChanged, ({ id, source, modifiedBy }) => [
    operation('update cells set source = ?2 where id = ?1', [id, source], 'cells'),
    ...presenceAt(modifiedBy, id),
  ]),

  'v1.CellTypeChanged': defineMaterializer(events.cellTypeChanged, ({ id, cellType, actorId }) => [
    tables.cells.update({ cellType }).where({ id }),
    ...presenceAt(actorId, id),
  ]),

  'v1.CellDeleted': defineMaterializer(events.cellDeleted, ({ id, actorId }) => [
    tables.cells.delete().where({ id }),
    cancelRequestsOf(id, actorId),
    tables.pendingClears.delete().where({ cellId: id }),
    leaveCell(id),
  ]),

  'v1.CellMoved': defineMaterializer(events.cellMoved, ({ id, newPosition, actorId }) => [
    moveCell(id, legacyPositionIndex(newPosition)),
    ...presenceAt(actorId, id),
  ]),

  'v2.CellMoved': defineMaterializer(events.cellMoved2, ({ id, fractionalIndex, actorId }) => [
    moveCell(id, fractionalIndex),
    ...presenceAt(actorId, id),
  ]),

  'v1.CellSourceVisibilityToggled': defineMaterializer(
    events.cellSourceVisibilityToggled,
    ({ id, sourceVisible, actorId }) => [
      tables.cells.update({ sourceVisible }).where({ id }),
      ...presenceAt(actorId, id),
    ],
  ),

  'v1.CellOutputVisibilityToggled': defineMaterializer(
    events.cellOutputVisibilityToggled,
    ({ id, outputVisible, actorId }) => [
      tables.cells.update({ outputVisible }).where({ id }),
      ...presenceAt(actorId, id),
    ],
  ),

  'v1.CellAiContextVisibilityToggled': defineMaterializer(
    events.cellAiContextVisibilityToggled,
    ({ id, aiContextVisible, actorId }) => [
      tables.cells.update({ aiContextVisible }).where({ id }),
      ...presenceAt(actorId, id),
    ],
  ),

  'v1.AiSettingsChanged': defineMaterializer(
    events.aiSettingsChanged,
    ({ cellId, provider, model, settings }) =>
      tables.cells
        .update({ aiProvider: provider, aiModel: model, aiSettings: settings })
        .where({ id: cellId }),
  ),

  'v1.SqlConnectionChanged': defineMaterializer(
    events.sqlConnectionChanged,
    ({ cellId, connectionId, changedBy }) =>
      tables.cells
        .update({ sqlConnectionId: connectionId ?? null, sqlChangedBy: changedBy })
        .where({ id: cellId }),
  ),

  'v1.SqlResultVariableChanged': defineMaterializer(
    events.sqlResultVariableChanged,
    ({ cellId, resultVariable, changedBy }) =>
      tables.cells
        .update({ sqlResultVariable: resultVariable ?? null, sqlChangedBy: changedBy })
        .where({ id: cellId }),
  ),
}
