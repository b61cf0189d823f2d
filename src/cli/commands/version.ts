import { createRequire } from 'node:module'
import type { Command } from '../command.js'
import { exitCode } from '../exit-code.js'

/** `version`, `--version`: the version of the package. */
export const versionCommand: Command = {
  name: 'version',
  summary: 'Print the version',
  help: (program) => `Prints the version of this program.

Usage: ${program} version`,
  async run(_words, { stdout }) {
    const manifest = createRequire(import.meta.url)('runtime-agent-registry/package.json') as {
      version: string
    }
    stdout.write(`${manifest.version}\n`)
    return exitCode.ok
  },
}
