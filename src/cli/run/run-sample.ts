import { createRequire } from 'node:module'
import { exitCode, type ExitCode } from '../exit-code.js'
import { createStyle, wantsColour } from '../text/style.js'
import { programName, type World } from '../world.js'
import type { ReportKind } from './create-reporter.js'
import { isStandardOutput } from './output-file.js'
import type { RunOptions } from './run-notebook.js'
import { startRun } from './start-run.js'

/** Runs the notebook that comes with the program, and says what to try next. */
export async function runSample(
  world: World,
  kind: ReportKind,
  options: Omit<RunOptions, 'notebook' | 'title'>,
): Promise<ExitCode> {
  const notebook = createRequire(import.meta.url).resolve('#sample-notebook')
  const code = await startRun(world, kind, { ...options, notebook, title: 'sample notebook' })
  if (code === exitCode.ok && kind === 'text' && !isStandardOutput(options.out)) showNext(world)
  return code
}

function showNext({ stdout, env }: World): void {
  const style = createStyle(wantsColour(stdout, env))
  const program = programName(env)
  const next = [
    [program.replace(/ --$/, ''), 'open the studio: notebooks in your browser'],
    [`${program} run YOUR.ipynb --out executed.ipynb`, 'run a notebook of your own'],
    [`${program} help run`, 'all options'],
  ] as const
  const width = Math.max(...next.map(([command]) => command.length))
  const lines = next.map(([command, what]) => `  ${command.padEnd(width)}  ${style.dim(what)}`)
  stdout.write(`\n${style.bold('Try next')}\n${lines.join('\n')}\n`)
}
