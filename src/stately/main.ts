/** `node dist/src/stately/main.js [--check]`: writes or checks the artefacts of `machines/` in `stately/`. */
import { fileURLToPath } from 'node:url'
import * as machines from '../../machines/index.js'
import { runStately } from './run-stately.js'

const compiledToRoot = '../../../stately/'

process.exitCode = await runStately(process.argv.slice(2), {
  machines,
  directory: fileURLToPath(new URL(compiledToRoot, import.meta.url)),
  print: (line) => console.log(line),
})
