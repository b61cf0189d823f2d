import { agentGroupMachine } from '../../machines/index.js'
import type { ModelCheck } from './model-check.js'
import { modelPaths } from './model-paths.js'
import type { RegistryModelSnapshot } from './registry-check.js'
import { RegistryUnderTest } from './registry-under-test.js'
import {
  registryModel,
  registryModelEvents,
  type RegistryModelEvent,
  type RegistryModelInput,
} from './registry.model.js'

/** What the group of a full registry is expected to do for an event: it holds all agents but the registry's own. */
const taken: Readonly<Partial<Record<RegistryModelEvent['type'], string>>> = {
  OPEN: '(any) | agent.spawn | -',
  SHUT_DOWN: '(any) | done(*) | -',
  CRASH: '(any) | error(*) | -',
  DRAIN: '(any) | group.stopAll | -',
  ALL_GONE: '(any) | done(*) | -',
}

/** Until one is opened there is no group, and one too many never comes to it. */
function labelsOf(snapshot: RegistryModelSnapshot, event: RegistryModelEvent): readonly string[] | undefined {
  const { context, status } = snapshot
  const { notebooks, room } = context
  const label = taken[event.type]
  const [handled] = registryModel.getTransitionData(snapshot as never, event) ?? []
  if (status !== 'active' || handled === undefined || label === undefined) return undefined
  if (event.type === 'OPEN') {
    const up = notebooks.filter((state) => state === 'up').length
    return up < room && notebooks.length < mostNotebooks ? [label] : undefined
  }
  if (event.type === 'ALL_GONE' && !notebooks.includes('ending')) return undefined
  return notebooks.length === 0 ? undefined : [label]
}

const mostNotebooks = 3

/** The group of agents beside the registry's own, by the promises of the registry. */
export const groupCheck: ModelCheck = {
  name: 'agentGroup',
  machine: agentGroupMachine,
  ...modelPaths({
    model: registryModel,
    inputs: [{ policy: 'reject', room: 2, crowd: 32 }] satisfies RegistryModelInput[],
    events: registryModelEvents,
    labelsOf,
    variantOf: ({ context }) => `${context.notebooks.filter((state) => state === 'up').length} up`,
    maxLength: 12,
  }),
  open: ({ input }, machines) => RegistryUnderTest.open(input as RegistryModelInput, machines, 'agentGroup'),
}
