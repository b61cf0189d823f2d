import { parseArgs } from 'node:util'
import { catchMutation } from './catch-mutation.js'
import { checks, machineLabels } from './checks.js'
import type { ModelCheck } from './model-check.js'
import { mutations } from './mutations.js'
import { sweepMachine, sweptMachines } from './sweep-machines.js'
import { walkPath } from './walk-path.js'
import { walkStudio } from './walk-studio.js'

const { values } = parseArgs({
  options: {
    mutate: { type: 'string' },
    sweep: { type: 'string', multiple: true },
    studio: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

if (values.mutate === 'list') {
  for (const [name, { description }] of Object.entries(mutations))
    console.log(`${name.padEnd(36)}${description}`)
  process.exit(0)
}

if (values.sweep !== undefined) {
  const wanted = values.sweep.flatMap((name) => (name === 'all' ? sweptMachines() : [name]))
  const unknown = wanted.filter((name) => !sweptMachines().includes(name))
  if (unknown.length > 0)
    throw new Error(
      `There is no machine "${unknown.join('", "')}". Known: all, ${sweptMachines().join(', ')}.`,
    )
  const sweeps = []
  for (const name of wanted) {
    const sweep = await sweepMachine(name)
    console.log(`${name}: ${sweep.caught} of ${sweep.seeded} mutations caught`)
    sweeps.push(sweep)
  }
  const ok = sweeps.every(({ survivors }) => survivors.length === 0)
  if (values.json) console.log(JSON.stringify({ ok, sweeps }))
  process.exit(ok ? 0 : 1)
}

const machines: Awaited<ReturnType<typeof walk>>[] = []
const problems: string[] = []
for (const check of values.mutate === undefined ? checks : []) machines.push(await walk(check))
const caught = await catchAll(values.mutate === undefined ? Object.keys(mutations) : [values.mutate])
const studio = values.studio ? await walkInStudio() : undefined
const ok = problems.length === 0 && caught.every(({ isCaught }) => isCaught)
for (const problem of problems) console.log(problem)
const sumOf = (figure: 'states' | 'transitions' | 'paths' | 'steps') =>
  machines.reduce((sum, one) => sum + one[figure], 0)
if (values.json) {
  console.log(
    JSON.stringify({
      ok,
      states: sumOf('states'),
      transitions: sumOf('transitions'),
      paths: sumOf('paths'),
      steps: sumOf('steps'),
      machines,
      mutations: {
        seeded: caught.length,
        caught: caught.filter(({ isCaught }) => isCaught).length,
        caughtBy: caught,
      },
      ...(studio && { studio }),
      problems,
    }),
  )
}
process.exit(ok ? 0 : 1)

/** Walks all paths of a model; a path that fails does not end it. */
async function walk(check: ModelCheck) {
  const labels = machineLabels(check)
  const taken = new Set<string>()
  for (const path of check.paths) {
    try {
      for (const label of await walkPath(path, () => check.open(path))) taken.add(label)
    } catch (error) {
      problems.push(`${check.name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const missing = labels.filter((label) => !taken.has(label))
  problems.push(...missing.map((label) => `${check.name}: not taken: ${label}`))
  const figures = {
    machine: check.name,
    states: check.states,
    edges: check.edges,
    transitions: labels.length,
    paths: check.paths.length,
    steps: check.paths.reduce((sum, { steps }) => sum + steps.length, 0),
    coverage: (labels.length - missing.length) / labels.length,
  }
  console.log(
    `${check.name}: ${figures.states} states, ${figures.paths} paths, ${figures.steps} steps, ` +
      `${labels.length - missing.length} of ${labels.length} transitions taken`,
  )
  return figures
}

/** The agent's model once more, in the built studio. */
async function walkInStudio() {
  const { problems: found, ...figures } = await walkStudio()
  problems.push(...found)
  const { states, paths, steps, transitions } = figures
  console.log(
    `studio: ${states} states, ${paths} paths, ${steps} steps, ${transitions} transitions of the agent taken`,
  )
  return figures
}

async function catchAll(names: readonly string[]) {
  const found = []
  for (const name of names) {
    const mutation = mutations[name]
    if (!mutation)
      throw new Error(`There is no mutation "${name}". Known: ${Object.keys(mutations).join(', ')}.`)
    const by = await catchMutation(mutation)
    console.log(`${name}: ${by ? `caught after ${by.message}` : 'NOT CAUGHT'}`)
    found.push({ name, isCaught: by !== undefined, after: by?.message.split(' {')[0] ?? null })
  }
  return found
}
