import { commandsOf } from './commands.js'
import type { Depth } from './depth.js'
import { play } from './play.js'

/** Machines, local runtimes, mirror, intake and the rules of the materializers, over stores without SQLite. */
export const machinesDepth: Depth = {
  name: 'machines',
  commandsOf: (seed, steps) => commandsOf(seed, steps),
  play,
  shrinkAttempts: 1_500,
}
