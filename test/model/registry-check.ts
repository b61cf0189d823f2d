import type { SnapshotFrom } from 'xstate'
import { registryMachine } from '../../machines/index.js'
import type { ModelCheck } from './model-check.js'
import { modelPaths } from './model-paths.js'
import { RegistryUnderTest } from './registry-under-test.js'
import {
  registryModel,
  registryModelEvents,
  type RegistryModelEvent,
  type RegistryModelInput,
  type RegistryModelMeta,
} from './registry.model.js'

export type RegistryModelSnapshot = SnapshotFrom<typeof registryModel>

function labelsOf(snapshot: RegistryModelSnapshot, event: RegistryModelEvent): readonly string[] | undefined {
  const { context, status } = snapshot
  const isTooMany = event.type === 'OPEN' && context.notebooks.length >= 4
  if (status !== 'active' || isTooMany) return undefined
  const [taken] = registryModel.getTransitionData(snapshot as never, event) ?? []
  if (!taken) return undefined
  return (taken.meta as RegistryModelMeta).takes
}

/** Each policy at its limit. */
export const registryCheck: ModelCheck = {
  name: 'registry',
  machine: registryMachine,
  ...modelPaths({
    model: registryModel,
    inputs: [
      { policy: 'reject', room: 2 },
      { policy: 'queue', room: 2 },
      { policy: 'evictIdle', room: 2 },
    ] satisfies RegistryModelInput[],
    events: registryModelEvents,
    labelsOf,
    variantOf: ({ context }, { type }) =>
      `${context.policy} ${type === 'DRAIN' && context.notebooks.includes('waiting')}`,
    maxLength: 12,
  }),
  open: async ({ input }, machines) => new RegistryUnderTest(input as RegistryModelInput, machines),
}
