/** `node dist/src/stately/main.js [--check]`: writes or checks the artefacts of `machines/`, in `stately/` and in `machines/README.md`. */
import { fileURLToPath } from 'node:url'
import * as machines from '../../machines/index.js'
import { projectTables } from './project-tables.js'
import { runStately } from './run-stately.js'

const inRoot = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

process.exitCode = await runStately(process.argv.slice(2), {
  machines,
  directory: inRoot('stately/'),
  readme: { path: inRoot('machines/README.md'), tables: projectTables() },
  print: (line) => console.log(line),
})
