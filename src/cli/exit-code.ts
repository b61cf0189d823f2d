/** The exit codes of every command; part of the interface, never renumbered. */
export const exitCode = {
  ok: 0,
  /** A cell failed or took too long, also with `--allow-errors`. */
  cellFailed: 1,
  /** The command line, the notebook or a path cannot be used; nothing ran. */
  usage: 2,
  /** A runtime did not start or broke, or what happened could not be recorded, written or shown completely. */
  runtimeFailed: 3,
  interrupted: 130,
} as const

/** One of the values of {@link exitCode}. */
export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/** What each code says about a run. */
const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  [exitCode.ok]: 'every cell succeeded, or failed as its tag raises-exception says',
  [exitCode.cellFailed]: 'a cell failed or took too long, also with --allow-errors',
  [exitCode.usage]: 'the command line, the notebook or a path cannot be used; nothing was run',
  [exitCode.runtimeFailed]:
    'a runtime did not start or broke, or not everything could be recorded, written or shown',
  [exitCode.interrupted]: 'interrupted by Ctrl-C, SIGTERM or SIGHUP',
}

/** The meanings as lines of a help text. */
export function exitCodeLines(): string {
  const lines = Object.entries(exitCodeMeanings).map(([code, meaning]) => `  ${code.padEnd(4)} ${meaning}`)
  return lines.join('\n')
}
