import { parseArgs } from 'node:util'
import { parseCommands } from './commands.js'
import { allTransitions } from './coverage.js'
import { injectionNames, injections, type Injection, type InjectionName } from './injections.js'
import { machinesDepth } from './machines-depth.js'
import { describeFailure, describeResult, toJson } from './report.js'
import { runSeeds } from './run-seeds.js'
import { storeDepth } from './store-depth.js'

/** Steps from which on nearly every transition must have been taken. */
const enoughSteps = 400_000
const coverageTarget = 0.95

const { values } = parseArgs({
  options: {
    store: { type: 'boolean', default: false },
    seeds: { type: 'string' },
    seed: { type: 'string' },
    steps: { type: 'string' },
    inject: { type: 'string' },
    play: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

if (values.inject === 'list') {
  for (const name of injectionNames) console.log(`${name.padEnd(24)}${injections[name].description}`)
  process.exit(0)
}

const played = values.play === undefined ? undefined : parseCommands(values.play)
const fullDepth = values.store ? storeDepth : machinesDepth
const depth = played ? { ...fullDepth, commandsOf: () => played } : fullDepth
const steps = Number(values.steps ?? (values.store ? 500 : 10_000))
const seedCount = Number(values.seeds ?? (values.store ? 20 : 50))
const seeds = values.seed ? [Number(values.seed)] : Array.from({ length: seedCount }, (_, index) => index + 1)
const injection = values.inject === undefined ? undefined : requireInjection(values.inject)

const result = await runSeeds({ depth, seeds, steps, injection })
const flags = ` --${values.store ? ' --store' : ''}${values.inject ? ` --inject ${values.inject}` : ''}`
if (result.failure) console.log(describeFailure(result.failure, flags))
console.log(describeResult(result))
const ok = injection ? isFound() : result.failure === undefined && isCovered()
if (values.json) console.log(toJson(ok, depth.name, result))
process.exit(ok ? 0 : 1)

function isFound(): boolean {
  console.log(`${values.inject}: ${result.failure ? 'found' : 'NOT FOUND'}`)
  return result.failure !== undefined
}

function isCovered(): boolean {
  if (values.store || result.steps < enoughSteps) return true
  const share = result.coverage.taken.size / allTransitions.length
  if (share < coverageTarget) console.log(`not taken: ${result.coverage.missing.join('; ')}`)
  return share >= coverageTarget
}

function requireInjection(name: string): Injection {
  const found = injectionNames.find((known): known is InjectionName => known === name)
  if (found === undefined) {
    throw new Error(`There is no injection "${name}". Known: ${injectionNames.join(', ')}.`)
  }
  const chosen: Injection = injections[found]
  if (values.store && !chosen.agentMachine) {
    throw new Error(`"${name}" is not in the agent's machine, and with --store only that one can be changed.`)
  }
  return chosen
}
