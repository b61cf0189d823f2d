import type { ExitCode } from './exit-code.js'
import type { World } from './world.js'

/** One word of the command line. Its file loads fast; what the work needs is imported when it runs. */
export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** The whole help text of the command, without a line break at the end. */
  readonly help: (program: string) => string
  /** Does the work. Rejects with whatever went wrong before anything was run; see `reportOf`. */
  run(words: readonly string[], world: World): Promise<ExitCode>
}
