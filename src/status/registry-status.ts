import type { RegistrySnapshot } from '../../machines/index.js'
import { remembered, toStatus, type Status, type StatusRow } from './status.js'

/** What can be done with a registry: create further agents, close it. */
export type RegistryAction = 'create' | 'close'

/** The names of the registry machine's states. */
export type RegistryState = RegistrySnapshot['value']

const isClosing = 'The registry is being closed.'
const isClosed = 'The registry is closed.'

const registryRows = {
  active: { text: 'Active', icon: 'check', tone: 'success', actions: { create: true, close: true } },
  draining: {
    text: 'Closing',
    icon: 'power',
    tone: 'progress',
    actions: { create: isClosing, close: isClosing },
  },
  stopped: {
    text: 'Closed',
    icon: 'stop',
    tone: 'neutral',
    actions: { create: isClosed, close: isClosed },
  },
} satisfies Record<RegistryState, StatusRow<RegistryAction>> as Readonly<
  Record<RegistryState, StatusRow<RegistryAction>>
>

/** All states that {@link registryStatus} knows. */
export const registryStatusStates = Object.keys(registryRows) as readonly RegistryState[]

const statuses = new Map<string, Status<RegistryAction>>()

/** What to show of a registry, and what can be done with it. */
export const registryStatus = (state: RegistryState): Status<RegistryAction> =>
  remembered(statuses, state, () => toStatus(registryRows[state]))
