/**
 * Breaks real processes, real SQLite files and a real Python on purpose, and checks what is left.
 *
 * Prints one line per figure, `ok` or `MISS`; `--json` adds one object as the last line. Exits with 1 when something does not hold.
 * `--only NAME,NAME` chooses checks, `--rounds N` the number of kills (default 100), `--seed N` their moments (default 1),
 * `--quick` the shortest run of each.
 */
import { parseArgs } from 'node:util'
import { setWallClock } from './clock.check.js'
import { produceCodes } from './codes.check.js'
import { startAndStop } from './cycles.check.js'
import { loseDisk } from './disk.check.js'
import { isTrue, printFinding, toFigures, type Check, type Finding } from './finding.js'
import { idleForADay } from './idle.check.js'
import { interruptCells } from './interrupt.check.js'
import { killProcess } from './kill.check.js'
import { endWorker } from './worker.check.js'
import { shareNotebook } from './writers.check.js'

const checks: Readonly<Record<string, Check>> = {
  kill: killProcess,
  worker: endWorker,
  interrupt: interruptCells,
  cycles: startAndStop,
  idle: idleForADay,
  writers: shareNotebook,
  disk: loseDisk,
  codes: produceCodes,
  clock: setWallClock,
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(checks).join(',') },
    rounds: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
  },
})

const names = values.only.split(',')
const strangers = names.filter((name) => !(name in checks))
if (strangers.length > 0) {
  console.error(`No such check: ${strangers.join(', ')}. Choose of: ${Object.keys(checks).join(', ')}.`)
  process.exit(2)
}

const findings: Finding[] = []
for (const name of names) {
  for (const finding of await run(name)) {
    findings.push(finding)
    printFinding(finding)
  }
}
const ok = findings.every(({ holds }) => holds)
if (values.json) console.log(JSON.stringify({ ok, seed: Number(values.seed), ...toFigures(findings) }))
process.exit(ok ? 0 : 1)

async function run(name: string): Promise<readonly Finding[]> {
  const { quick } = values
  try {
    return (await checks[name]?.({ quick, rounds: Number(values.rounds), seed: Number(values.seed) })) ?? []
  } catch (error) {
    return [
      isTrue(name, false, 'to run', error instanceof Error ? (error.stack ?? error.message) : String(error)),
    ]
  }
}
