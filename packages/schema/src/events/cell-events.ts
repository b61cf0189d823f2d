import { Events, Schema } from '@livestore/livestore'
import { CellTypeSchema } from '../cell-types.js'

const actorId = Schema.optional(Schema.String)

/** Events about cells: life, content, order, visibility and settings. */
export const cellEvents = {
  /** A cell at an integer position, as first clients wrote it. A cell that exists already stays as it is. */
  cellCreated: Events.synced({
    name: 'v1.CellCreated',
    schema: Schema.Struct({
      id: Schema.String,
      cellType: CellTypeSchema,
      position: Schema.Number,
      createdBy: Schema.String,
      actorId,
    }),
  }),

  /** A cell at a fractional index. A cell that exists already stays as it is. */
  cellCreated2: Events.synced({
    name: 'v2.CellCreated',
    schema: Schema.Struct({
      id: Schema.String,
      fractionalIndex: Schema.String,
      cellType: CellTypeSchema,
      createdBy: Schema.String,
    }),
  }),

  cellSourceChanged: Events.synced({
    name: 'v1.CellSourceChanged',
    schema: Schema.Struct({ id: Schema.String, source: Schema.String, modifiedBy: Schema.String }),
  }),

  cellTypeChanged: Events.synced({
    name: 'v1.CellTypeChanged',
    schema: Schema.Struct({ id: Schema.String, cellType: CellTypeSchema, actorId }),
  }),

  /** The cell is gone and what waited for it is cancelled; its outputs survive. */
  cellDeleted: Events.synced({
    name: 'v1.CellDeleted',
    schema: Schema.Struct({ id: Schema.String, actorId }),
  }),

  cellMoved: Events.synced({
    name: 'v1.CellMoved',
    schema: Schema.Struct({ id: Schema.String, newPosition: Schema.Number, actorId }),
  }),

  cellMoved2: Events.synced({
    name: 'v2.CellMoved',
    schema: Schema.Struct({ id: Schema.String, fractionalIndex: Schema.String, actorId }),
  }),

  cellSourceVisibilityToggled: Events.synced({
    name: 'v1.CellSourceVisibilityToggled',
    schema: Schema.Struct({ id: Schema.String, sourceVisible: Schema.Boolean, actorId }),
  }),

  cellOutputVisibilityToggled: Events.synced({
    name: 'v1.CellOutputVisibilityToggled',
    schema: Schema.Struct({ id: Schema.String, outputVisible: Schema.Boolean, actorId }),
  }),

  cellAiContextVisibilityToggled: Events.synced({
    name: 'v1.CellAiContextVisibilityToggled',
    schema: Schema.Struct({ id: Schema.String, aiContextVisible: Schema.Boolean, actorId }),
  }),

  aiSettingsChanged: Events.synced({
    name: 'v1.AiSettingsChanged',
    schema: Schema.Struct({
      cellId: Schema.String,
      provider: Schema.String,
      model: Schema.String,
      settings: Schema.Struct({
        temperature: Schema.optional(Schema.Number),
        maxTokens: Schema.optional(Schema.Number),
        systemPrompt: Schema.optional(Schema.String),
      }),
    }),
  }),

  sqlConnectionChanged: Events.synced({
    name: 'v1.SqlConnectionChanged',
    schema: Schema.Struct({
      cellId: Schema.String,
      connectionId: Schema.optional(Schema.String),
      changedBy: Schema.String,
    }),
  }),

  sqlResultVariableChanged: Events.synced({
    name: 'v1.SqlResultVariableChanged',
    schema: Schema.Struct({
      cellId: Schema.String,
      resultVariable: Schema.optional(Schema.String),
      changedBy: Schema.String,
    }),
  }),
}
