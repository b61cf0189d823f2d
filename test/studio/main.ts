/**
 * Closes the leading one of two tabs again and again while both commit, and counts what is lost. `--times N` (default 60); `--json`
 * prints one object. Exits with 1 when anything was lost or a tab was stuck.
 */
import { parseArgs } from 'node:util'
import { closeLeaders } from './handover.js'
import { startStudio } from './studio.js'

const { values } = parseArgs({
  options: { times: { type: 'string', default: '60' }, json: { type: 'boolean', default: false } },
})

const studio = await startStudio()
const report = await closeLeaders(studio, Number(values.times))
await studio.close()
const ok = report.lost === 0 && report.stuck === 0
const sorted = report.milliseconds.toSorted((left, right) => left - right)
const figures = { median: sorted[Math.floor(sorted.length / 2)], slowest: sorted.at(-1) }
if (values.json) console.log(JSON.stringify({ ok, ...report, ...figures }))
else {
  console.log(
    `${report.times} times, ${report.asked} events: ${report.lost} lost, ${report.stuck} tabs stuck`,
  )
  console.log(`until the other tab shows everything: ${figures.median} ms (median), ${figures.slowest} ms`)
}
process.exitCode = ok ? 0 : 1
