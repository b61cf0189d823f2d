import { sayingOnStderr, type World } from '../world.js'
import type { ExitCode } from '../exit-code.js'
import type { ReportKind } from './create-reporter.js'
import { listenForInterruption } from './interruption.js'
import { isStandardOutput } from './output-file.js'
import type { RunOptions } from './run-notebook.js'

/** Runs a notebook and shows it. Ctrl-C counts from here on. */
export async function startRun(world: World, kind: ReportKind, run: RunOptions): Promise<ExitCode> {
  let giveBackTerminal = (): void => undefined
  const interruption = listenForInterruption(() => {
    giveBackTerminal()
    process.exit(130)
  })
  try {
    const { createReporter } = await import('./create-reporter.js')
    const reporter = createReporter(kind, isStandardOutput(run.out) ? sayingOnStderr(world) : world)
    giveBackTerminal = () => reporter.close()
    const { runNotebook } = await import('./run-notebook.js')
    const { stdin, stdout } = world
    return (await runNotebook(run, reporter, { stdin, stdout, signal: interruption.signal })).exitCode
  } finally {
    giveBackTerminal()
    interruption.stop()
  }
}
