import { parseArgs, type ParseArgsConfig } from 'node:util'
import { CliProblem } from './problem.js'
import { closestWord } from './text/closest-word.js'

type ParseArgsOptionsConfig = NonNullable<ParseArgsConfig['options']>

/** What a command line was made of. */
export type ParsedWords<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true; args: string[] }>
>

/** Reads the words after a command. Throws `UNKNOWN_OPTION` with a suggestion, or `INVALID_OPTION`. */
export function parseWords<const Options extends ParseArgsOptionsConfig>(
  command: string,
  words: readonly string[],
  options: Options,
): ParsedWords<Options> {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true })
  } catch (error) {
    throw toProblem(command, Object.keys(options), error)
  }
}

function toProblem(command: string, names: readonly string[], error: unknown): CliProblem {
  const message = error instanceof Error ? error.message : String(error)
  const help = `See "help ${command}".`
  const unknown = /Unknown option '(--?[^']*)'/.exec(message)?.[1]
  if (unknown === undefined) {
    const said = message.split('\n')[0]?.replace(/\.$/, '') ?? message
    return new CliProblem('INVALID_OPTION', `${said}. ${help}`, { cause: error })
  }
  const meant = closestWord(unknown.replace(/^-+/, ''), names)
  const question = meant === undefined ? '' : ` Did you mean "--${meant}"?`
  return new CliProblem('UNKNOWN_OPTION', `"${command}" has no option "${unknown}".${question} ${help}`, {
    cause: error,
  })
}
