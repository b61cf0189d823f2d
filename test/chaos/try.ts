import { commandsOf } from './commands.js'
import { Coverage } from './coverage.js'
import { play } from './play.js'
const coverage = new Coverage()
const [from, to, steps] = process.argv.slice(2).map(Number) as [number, number, number]
for (let seed = from; seed <= to; seed++) {
  const t = performance.now()
  const outcome = await play({ seed, commands: commandsOf(seed, steps), coverage })
  console.log(seed, Math.round(performance.now() - t), JSON.stringify(outcome))
}
console.log(coverage.taken.size, coverage.missing)
