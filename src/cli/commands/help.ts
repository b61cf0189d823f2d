import type { Command } from '../command.js'
import { exitCode } from '../exit-code.js'
import { CliProblem } from '../problem.js'
import { closestWord } from '../text/closest-word.js'
import { programName } from '../world.js'

/** `help [COMMAND]`, for the commands there are. */
export function createHelpCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'help',
    summary: 'Explain a command',
    help: (program) => `Explains a command.

Usage: ${program} help [COMMAND]`,
    async run([name], { stdout, env }) {
      const program = programName(env)
      const text =
        name === undefined ? overview(commands(), program) : findCommand(commands(), name).help(program)
      stdout.write(`${text}\n`)
      return exitCode.ok
    },
  }
}

/** The command of this name. Throws `UNKNOWN_COMMAND` with a suggestion. */
export function findCommand(commands: readonly Command[], name: string): Command {
  const found = commands.find((command) => command.name === name)
  if (found !== undefined) return found
  throw new CliProblem('UNKNOWN_COMMAND', `There is no command "${name}".${suggestion(commands, name)}`)
}

function suggestion(commands: readonly Command[], name: string): string {
  if (name.endsWith('.ipynb')) return ` To run the notebook: run ${name}`
  const names = commands.map((command) => command.name)
  const meant = closestWord(name, names)
  return meant === undefined ? ` Commands: ${names.join(', ')}.` : ` Did you mean "${meant}"?`
}

function overview(commands: readonly Command[], program: string): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')
  return `Runs notebooks without a server, and records every step of each run.

Usage: ${program} COMMAND

Commands:
${list}

Examples:
  ${program} run notebook.ipynb --out executed.ipynb
  ${program} log DIR

"help COMMAND" explains a command and its options. Set DEBUG=1 to see where an error comes from.`
}
