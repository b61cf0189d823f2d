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
    return parseArgs({ args: withDashedValues(words, options), options, allowPositionals: true })
  } catch (error) {
    throw toProblem(command, Object.keys(options), error)
  }
}

/** Joins an option with a value that begins with a dash, such as `--timeout -1`; options of the command stay options. */
function withDashedValues(words: readonly string[], options: ParseArgsOptionsConfig): string[] {
  const takesValue = (word: string) => options[word.slice(2)]?.type === 'string' && word.startsWith('--')
  const isOption = (word: string) =>
    word === '--' || (options[word.slice(2).split('=')[0] ?? ''] ?? false) !== false
  const joined: string[] = []
  for (const word of words) {
    const last = joined.at(-1)
    const isValue = /^-./.test(word) && !isOption(word) && last !== undefined && takesValue(last)
    if (isValue) joined.splice(-1, 1, `${last}=${word}`)
    else joined.push(word)
  }
  return joined
}

function toProblem(command: string, names: readonly string[], error: unknown): CliProblem {
  const message = error instanceof Error ? error.message : String(error)
  const help = `See "help ${command}".`
  const unknown = /Unknown option '(--?[^']*)'/.exec(message)?.[1]
  if (unknown === undefined) {
    return new CliProblem('INVALID_OPTION', `${valueMistake(message)} ${help}`, { cause: error })
  }
  const meant = closestWord(unknown.replace(/^-+/, ''), names)
  const question = meant === undefined ? '' : ` Did you mean "--${meant}"?`
  return new CliProblem('UNKNOWN_OPTION', `"${command}" has no option "${unknown}".${question} ${help}`, {
    cause: error,
  })
}

function valueMistake(message: string): string {
  const option = /Option '(--[^' ]+)/.exec(message)?.[1]
  if (option === undefined) return message.split('\n')[0]?.replace(/\.?$/, '.') ?? message
  return message.includes('does not take') ? `${option} takes no value.` : `${option} needs a value.`
}
