import type { AnyStateMachine } from 'xstate'
import * as machines from '../../machines/index.js'
import * as samples from './sample-machines.js'

/** The machines of this project, by the name of their export. */
export const projectMachines: readonly [string, AnyStateMachine][] = Object.entries(
  machines as unknown as Record<string, AnyStateMachine>,
).filter(([name]) => name.endsWith('Machine'))

/** The machines of this project and the samples, by the name of their export. */
export const allMachines: readonly [string, AnyStateMachine][] = [
  ...projectMachines,
  ...Object.entries(samples as unknown as Record<string, AnyStateMachine>),
]
