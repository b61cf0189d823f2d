/**
 * Attacks real stores, processes, servers and the real studio, and checks that each attack ends as promised.
 *
 * Prints one line per figure, `ok` or `MISS`; `--json` adds one object as the last line. Exits with 1 when something does not hold:
 * a hang, a silent loss, something outside that was touched.
 * `--only NAME,NAME` chooses parts, `--rounds N` the number of random attacks, `--seed N` their choices (default 1), `--quick` the
 * smallest run of each.
 *
 * To add a part: write `<name>.part.ts` that exports a `Part`, and put it into `parts` below. Name its figures `<name>.<figure>`.
 */
import { parseArgs } from 'node:util'
import { isTrue, printFinding, toFigures, type Finding } from '../faults/finding.js'
import { corruptions } from './corruptions.part.js'
import { kills } from './kills.part.js'
import { links } from './links.part.js'
import { owners } from './owners.part.js'
import { outputs } from './outputs.part.js'
import type { Part } from './part.js'
import { requests } from './requests.part.js'

const parts: readonly Part[] = [owners, links, corruptions, kills, requests, outputs]

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: parts.map(({ name }) => name).join(',') },
    rounds: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
})

const seed = Number(values.seed)
const rounds = values.rounds === undefined ? {} : { rounds: Number(values.rounds) }
const findings: Finding[] = []
for (const part of values.only.split(',').map(requirePart)) {
  for (const finding of await run(part)) {
    findings.push(finding)
    printFinding(finding)
  }
}
const ok = findings.every(({ holds }) => holds)
if (values.json) console.log(JSON.stringify({ ok, seed, ...toFigures(findings) }))
process.exit(ok ? 0 : 1)

function requirePart(name: string): Part {
  const part = parts.find((candidate) => candidate.name === name)
  if (part !== undefined) return part
  console.error(`No such part: ${name}. Choose of: ${parts.map((known) => known.name).join(', ')}.`)
  process.exit(2)
}

async function run(part: Part): Promise<readonly Finding[]> {
  try {
    return await part.run({ seed, quick: values.quick, ...rounds })
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return [isTrue(part.name, false, 'to run', reason)]
  }
}
