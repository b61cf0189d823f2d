import type { SnapshotFrom } from 'xstate'
import { executionMachine } from '../../machines/index.js'
import { labelText } from '../../src/testing/transitions.js'
import { ExecutionUnderTest } from './execution-under-test.js'
import {
  executionModel,
  executionModelEvents,
  type ExecutionModelEvent,
  type ExecutionModelMeta,
} from './execution.model.js'
import type { ModelCheck } from './model-check.js'
import { modelPaths } from './model-paths.js'

export type ExecutionModelSnapshot = SnapshotFrom<typeof executionModel>

function labelsOf(snapshot: ExecutionModelSnapshot, event: ExecutionModelEvent): string[] | undefined {
  if (snapshot.status !== 'active') return undefined
  const [taken] = executionModel.getTransitionData(snapshot as never, event) ?? []
  if (!taken) return undefined
  const { meta, source } = taken as unknown as { meta: ExecutionModelMeta; source: { path: string[] } }
  return [labelText({ ...meta, state: source.path.join('.') })]
}

/** A handler that is to stop can have been told why in different ways. */
export const executionCheck: ModelCheck = {
  name: 'execution',
  machine: executionMachine,
  ...modelPaths({
    model: executionModel,
    inputs: [{}],
    events: executionModelEvents,
    labelsOf,
    variantOf: ({ context }, { type }) =>
      type === 'HANDLER_WROTE'
        ? `stalled ${context.isStalled}`
        : `told ${context.cause}, forced ${context.isForced}`,
    maxLength: 14,
  }),
  open: (_, machines) => ExecutionUnderTest.open(machines),
}
