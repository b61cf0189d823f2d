/** The exit codes of every command; part of the interface, never renumbered. */
export const exitCode = {
  ok: 0,
  /** A cell failed or took too long, also with `--allow-errors`. */
  cellFailed: 1,
  /** The command line, the notebook or a path cannot be used; nothing ran. */
  usage: 2,
  /** A runtime did not start or broke, or what happened could not be recorded. */
  runtimeFailed: 3,
  interrupted: 130,
} as const

/** One of the values of {@link exitCode}. */
export type ExitCode = (typeof exitCode)[keyof typeof exitCode]
