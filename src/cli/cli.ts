import type { Command } from './command.js'
import { exportCommand } from './commands/export.js'
import { createHelpCommand, findCommand } from './commands/help.js'
import { inspectCommand } from './commands/inspect.js'
import { logCommand } from './commands/log.js'
import { runCommand } from './commands/run.js'
import { sampleCommand } from './commands/sample.js'
import { studioCommand } from './commands/studio.js'
import { versionCommand } from './commands/version.js'
import type { ExitCode } from './exit-code.js'
import { CliProblem, type ProblemReport, reportOf } from './problem.js'
import { createStyle, wantsColour } from './text/style.js'
import type { World } from './world.js'

const helpCommand = createHelpCommand(() => commands)

const commands: readonly Command[] = [
  studioCommand,
  runCommand,
  inspectCommand,
  logCommand,
  exportCommand,
  sampleCommand,
  helpCommand,
  versionCommand,
]

const helpFlags = ['--help', '-h']
const flagCommands: Readonly<Record<string, Command>> = {
  '--help': helpCommand,
  '-h': helpCommand,
  '--version': versionCommand,
  '-v': versionCommand,
}

/** Runs one command line; resolves with its exit code. Never rejects: a problem is reported on stderr. */
export async function runCli(words: readonly string[], world: World): Promise<ExitCode> {
  try {
    return await dispatch(words, world)
  } catch (error) {
    const report = reportOf(error)
    reportProblem(report, error, words, world)
    return report.exitCode
  }
}

function dispatch(words: readonly string[], world: World): Promise<ExitCode> {
  const [first, ...rest] = words
  if (first === undefined || /^--port(=|$)/.test(first)) return studioCommand.run(words, world)
  const flagCommand = flagCommands[first]
  if (flagCommand !== undefined) return flagCommand.run(rest, world)
  if (first.startsWith('-')) {
    throw new CliProblem('UNKNOWN_OPTION', `There is no option "${first}" before a command. See "help".`)
  }
  const command = findCommand(commands, first)
  return asksForHelp(rest) ? helpCommand.run([first], world) : command.run(rest, world)
}

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  return words.slice(0, end < 0 ? words.length : end).some((word) => helpFlags.includes(word))
}

function reportProblem(
  { code, message, exitCode: ending }: ProblemReport,
  error: unknown,
  words: readonly string[],
  { stdout, stderr, env }: World,
): void {
  if (words.includes('--json'))
    stdout.write(`${JSON.stringify({ event: 'error', code, message, exitCode: ending })}\n`)
  const style = createStyle(wantsColour(stderr, env))
  stderr.write(`${style.bad('error:')} ${message}\n`)
  if (env['DEBUG'] && error instanceof Error) stderr.write(`${error.stack ?? ''}\n`)
}
