import agent from '../../stately/agent.layout.json' with { type: 'json' }
import execution from '../../stately/execution.layout.json' with { type: 'json' }
import registry from '../../stately/registry.layout.json' with { type: 'json' }
import type { ChartLayout } from './chart-layout.js'

/** The layouts of this project's machines by their ids, computed by `npm run stately`. */
export const machineLayouts = { registry, agent, execution } satisfies Record<string, ChartLayout>

/** The id of a machine whose layout is at hand. */
export type MachineName = keyof typeof machineLayouts
