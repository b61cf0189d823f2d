import type { Command } from '../command.js'
import { exitCode } from '../exit-code.js'
import { parseWords } from '../parse-words.js'
import { CliProblem } from '../problem.js'
import { createStyle, wantsColour } from '../text/style.js'
import { programName, type World } from '../world.js'

const options = { port: { type: 'string' } } as const

/** Taken when nobody asks for another. */
const usualPort = 8888

/** `studio`, also without any command: serves the page on which notebooks run in the browser. */
export const studioCommand: Command = {
  name: 'studio',
  summary: 'Open the studio: notebooks in the browser (also without any command)',
  help: (
    program,
  ) => `Serves the studio to this machine and says where: a page on which notebooks run in the browser.

Usage: ${program} [studio] [options]

  --port PORT  serve it there; without it on ${usualPort}, or on a free port when that is taken

Nothing is loaded from elsewhere, and what you do stays in your browser. Ctrl-C ends it.`,
  async run(words, world) {
    const { values, positionals } = parseWords('studio', words, options)
    if (positionals.length > 0) throw tooMuch(positionals)
    const port = values.port === undefined ? usualPort : toPort(values.port)
    const { ensureStudio, pyodideFolder, studioFolder } = await import('../studio/studio-files.js')
    await ensureStudio(() => world.stdout.write('Building the studio …\n'))
    const { startStudioServer } = await import('../studio/studio-server.js')
    const pyodide = pyodideFolder()
    const server = await startStudioServer({
      folder: studioFolder,
      port,
      mayMove: values.port === undefined,
      ...(pyodide !== undefined && { mounts: { '/pyodide/': pyodide } }),
    })
    announce(server.url, world)
    await untilAskedToEnd()
    await server.close()
    return exitCode.ok
  },
}

function announce(url: string, { stdout, env }: World): void {
  const style = createStyle(wantsColour(stdout, env))
  const program = programName(env)
  stdout.write(
    `\n  ${style.bold('The studio is at')} ${url}\n` +
      `  ${style.dim(`Ctrl-C ends it. To run a notebook here instead: ${program} run NOTEBOOK.ipynb`)}\n`,
  )
}

function untilAskedToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

function toPort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new CliProblem(
    'INVALID_OPTION',
    `--port is "${text}"; a number from 0 to 65535 was expected, for example --port 9000.`,
  )
}

const tooMuch = (words: readonly string[]) =>
  new CliProblem(
    'UNEXPECTED_ARGUMENT',
    `"studio" takes no arguments; "${words.join(' ')}" is too much. See "help studio".`,
  )
