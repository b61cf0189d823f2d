/** `npm run bench:inspection [-- --json] [--blocks N] [--stall-seconds S]`: what inspection costs. */
import { parseArgs } from 'node:util'
import { measureCost } from './race.js'
import { measureStall } from './stall.js'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    blocks: { type: 'string', default: '7' },
    'stall-seconds': { type: 'string', default: '60' },
  },
})

const cost = await measureCost(Number(values.blocks))
const stall = await measureStall(Number(values['stall-seconds']))

const checks: [name: string, figure: number, target: string, holds: boolean][] = [
  ['offRatio', cost.offRatio, '<= 1.02', cost.offRatio <= 1.02],
  ['leanRatio', cost.leanRatio, '<= 1.15', cost.leanRatio <= 1.15],
  ['statelyRatio', cost.statelyRatio, 'told only', true],
  ['stallGrowthBytes', stall.growthBytes, '<= 10485760', stall.growthBytes <= 10_485_760],
]

for (const [name, figure, target, holds] of checks) {
  console.log(`${holds ? 'ok  ' : 'MISS'} ${name.padEnd(18)} ${String(figure).padEnd(12)} target ${target}`)
}
console.log(
  `CPU of one execution without inspection: ${cost.withoutMs} ms; ${stall.transitions} transitions in the stall`,
)
const ok = checks.every(([, , , holds]) => holds)
if (values.json) console.log(JSON.stringify({ ok, ...cost, stall }))
process.exit(ok ? 0 : 1)
