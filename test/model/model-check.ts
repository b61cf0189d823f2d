import type { AnyStateMachine } from 'xstate'
import type { RegistryMachines } from '../../src/registry/runtime-types.js'
import type { ModelPaths } from './model-paths.js'
import type { ModelPath, Subject } from './walk-path.js'

/** A machine, the paths of its model, and the real system to walk them on. */
export interface ModelCheck extends ModelPaths {
  readonly name: 'registry' | 'agent' | 'execution'
  readonly machine: AnyStateMachine
  /** With stand-ins for machines, a system that has a bug. */
  open(path: ModelPath, machines?: Partial<RegistryMachines>): Promise<Subject>
}
