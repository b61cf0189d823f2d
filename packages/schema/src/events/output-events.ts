import { Events, Schema } from '@livestore/livestore'
import { MediaRepresentationSchema, RepresentationsSchema } from '../media.js'

const placement = { id: Schema.String, cellId: Schema.String, position: Schema.Number }

const deltaSchema = Schema.Struct({
  id: Schema.String,
  outputId: Schema.String,
  delta: Schema.String,
  sequenceNumber: Schema.Number,
})

const appendSchema = Schema.Struct({ outputId: Schema.String, content: MediaRepresentationSchema })

/** Events about outputs. The five `…Added` events first carry out a clear that waits for the cell. */
export const outputEvents = {
  /** A display. With a `displayId`, earlier displays of that id show the new content too. */
  multimediaDisplayOutputAdded: Events.synced({
    name: 'v1.MultimediaDisplayOutputAdded',
    schema: Schema.Struct({
      ...placement,
      representations: RepresentationsSchema,
      displayId: Schema.optional(Schema.String),
    }),
  }),

  /** Replaces the content of every display of this id, in every cell. */
  multimediaDisplayOutputUpdated: Events.synced({
    name: 'v1.MultimediaDisplayOutputUpdated',
    schema: Schema.Struct({ displayId: Schema.String, representations: RepresentationsSchema }),
  }),

  multimediaResultOutputAdded: Events.synced({
    name: 'v1.MultimediaResultOutputAdded',
    schema: Schema.Struct({
      ...placement,
      representations: RepresentationsSchema,
      executionCount: Schema.Number,
    }),
  }),

  terminalOutputAdded: Events.synced({
    name: 'v1.TerminalOutputAdded',
    schema: Schema.Struct({
      ...placement,
      content: MediaRepresentationSchema,
      streamName: Schema.Literal('stdout', 'stderr'),
    }),
  }),

  /** Adds text to an output's own text, where every client looks for it. Ignored when the output does not exist. */
  terminalOutputAppended: Events.synced({ name: 'v1.TerminalOutputAppended', schema: appendSchema }),

  /**
   * A piece of text after an output's text, in a row of its own; clients that read `outputs` alone do not show it. Ignored when its id is
   * known or the output does not exist.
   */
  terminalOutputAppended2: Events.synced({ name: 'v2.TerminalOutputAppended', schema: deltaSchema }),

  markdownOutputAdded: Events.synced({
    name: 'v1.MarkdownOutputAdded',
    schema: Schema.Struct({ ...placement, content: MediaRepresentationSchema }),
  }),

  /** @deprecated Use `markdownOutputAppended2`. */
  markdownOutputAppended: Events.synced({ name: 'v1.MarkdownOutputAppended', schema: appendSchema }),

  /** As `terminalOutputAppended2`. */
  markdownOutputAppended2: Events.synced({ name: 'v2.MarkdownOutputAppended', schema: deltaSchema }),

  errorOutputAdded: Events.synced({
    name: 'v1.ErrorOutputAdded',
    schema: Schema.Struct({ ...placement, content: MediaRepresentationSchema }),
  }),

  /** Clears a cell now, or with `wait` when its next output arrives. */
  cellOutputsCleared: Events.synced({
    name: 'v1.CellOutputsCleared',
    schema: Schema.Struct({ cellId: Schema.String, wait: Schema.Boolean, clearedBy: Schema.String }),
  }),

  allOutputsCleared: Events.synced({
    name: 'v1.AllOutputsCleared',
    schema: Schema.Struct({ clearedBy: Schema.String }),
  }),
}
