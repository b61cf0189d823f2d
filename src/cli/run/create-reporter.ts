import { createStyle, wantsColour } from '../text/style.js'
import { programName, type World } from '../world.js'
import { createJsonReporter } from './json-reporter.js'
import { createLiveReporter } from './live-reporter.js'
import { createQuietReporter } from './quiet-reporter.js'
import type { RunReporter } from './run-event.js'
import { createTextReporter } from './text-reporter.js'

/** How a run is shown: as text (live on a terminal), as JSON lines, or errors only. */
export type ReportKind = 'text' | 'json' | 'quiet'

/** Columns of headers where the width is not known. */
const defaultColumns = 100

/** The reporter for a kind and the streams there are. Errors of a quiet run go to stderr, all else to stdout. */
export function createReporter(kind: ReportKind, { stdout, stderr, env }: World): RunReporter {
  if (kind === 'json') return createJsonReporter((text) => stdout.write(text))
  const stream = kind === 'quiet' ? stderr : stdout
  const common = {
    style: createStyle(wantsColour(stream, env)),
    program: programName(env),
    columns: () => stream.columns || defaultColumns,
    print: (lines: readonly string[]) => void stream.write(lines.map((line) => `${line}\n`).join('')),
  }
  if (kind === 'quiet') return createQuietReporter(common)
  const isLive = stdout.isTTY && env['TERM'] !== 'dumb'
  if (!isLive) return createTextReporter(common)
  return createLiveReporter({ ...common, write: (text) => void stdout.write(text), unicode: hasUnicode(env) })
}

function hasUnicode(env: NodeJS.ProcessEnv): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return /utf-?8/i.test(locale) || process.platform !== 'linux'
}
