/** Tries the mutations of one machine from a given one on, and tells its parent about each; see `sweep-machines.ts`. */
import { catchMutation } from './catch-mutation.js'
import { checks } from './checks.js'
import type { SweepReport } from './sweep-machines.js'
import { everyMutation } from './sweep.js'

const [name, from] = process.argv.slice(2)
const check = checks.find((one) => one.name === name)
if (!check)
  throw new Error(`There is no machine "${name}". Known: ${checks.map((one) => one.name).join(', ')}.`)

let hasThrown = false
process.on('uncaughtException', () => (hasThrown = true))

const tell = (report: SweepReport) => void process.send?.(report)
const mutations = everyMutation(check)
for (let index = Number(from); index < mutations.length; index += 1) {
  const mutation = mutations[index] as (typeof mutations)[number]
  tell({ index, total: mutations.length, description: mutation.description })
  hasThrown = false
  const found = await catchMutation(mutation)
  tell({ index, isCaught: found !== undefined || hasThrown })
}
process.exit(0)
