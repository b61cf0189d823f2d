import { parseArgs } from 'node:util'
import { measureLatency } from './latency.js'
import { measureScale } from './scale.js'
import { measureText } from './text.js'
import { measureThroughput } from './throughput.js'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, sizes: { type: 'string', default: '100,1000,4000' } },
})
const sizes = values.sizes.split(',').map(Number)

const textCost = await measureText()
const scale = await measureScale()
const latency = await measureLatency()
const throughput = await measureThroughput(sizes)
const figures = { ...throughput, ...latency, ...scale, textCost }

const largest = (ratios: Record<string, number>) => Math.max(...Object.values(ratios))
const smallest = (ratios: Record<string, number>) => Math.min(...Object.values(ratios))
const isFlat = (ratios: Record<string, number>) => smallest(ratios) >= 0.8 * largest(ratios)

const checks: [name: string, figure: unknown, target: string, holds: boolean][] = [
  ['floorRatio', figures.floorRatio, '>= 0.7', smallest(figures.floorRatio) >= 0.7],
  ['floorRatioDurable', figures.floorRatioDurable, '>= 0.4', smallest(figures.floorRatioDurable) >= 0.4],
  ['flat over sizes', figures.floorRatio, 'within 20 %', isFlat(figures.floorRatio)],
  ['naiveRatio', figures.naiveRatio, '>= 3', smallest(figures.naiveRatio) >= 3],
  ['requestToStartRatio', figures.requestToStartRatio, '<= 2', figures.requestToStartRatio <= 2],
  ['idleAgentBytes', figures.idleAgentBytes, '<= 65536', figures.idleAgentBytes <= 65_536],
  ['spawnRatio', figures.spawnRatio, '<= 3', figures.spawnRatio <= 3],
  ['textCost.ratio', figures.textCost, '<= 3', figures.textCost.ratio <= 3],
  ['stopOneRatio', figures.stopOneRatio, 'figure', true],
]

for (const [name, figure, target, holds] of checks) {
  console.log(
    `${holds ? 'ok  ' : 'MISS'} ${name.padEnd(22)} ${JSON.stringify(figure).padEnd(44)} target ${target}`,
  )
}
console.log(`per second: ${JSON.stringify(figures.perSecond)}`)
const ok = checks.every(([, , , holds]) => holds)
if (values.json) console.log(JSON.stringify({ ok, ...figures }))
process.exit(ok ? 0 : 1)
