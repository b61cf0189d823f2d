import { machineTransitions } from '../../src/testing/transitions.js'
import { agentCheck } from './agent-check.js'
import { executionCheck } from './execution-check.js'
import type { ModelCheck } from './model-check.js'
import { registryCheck } from './registry-check.js'

/** The machines that are checked against a model. */
export const checks: readonly ModelCheck[] = [registryCheck, agentCheck, executionCheck]

/** Every branch of every transition of a check's machine. */
export const machineLabels = ({ machine }: ModelCheck): string[] => machineTransitions(machine)

/** Every transition of the machine that the model's paths take. */
export const modelLabels = ({ paths }: ModelCheck): Set<string> =>
  new Set(paths.flatMap(({ steps }) => steps.flatMap(({ labels }) => labels)))
