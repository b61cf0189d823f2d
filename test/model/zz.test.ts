import { test } from 'vitest'
import { agentMachine } from '../../machines/index.js'
import { labelOf, labelText, transitionsOf } from '../machines/transitions.js'
import { agentPaths, describeSteps } from './agent-paths.js'
test('x', () => {
  console.time('p')
  const r = agentPaths(12)
  console.timeEnd('p')
  const own = transitionsOf(agentMachine).map((t) => labelText(labelOf(t)))
  console.log(
    own.length,
    new Set(own).size,
    r.labels.size,
    r.states,
    r.edges,
    r.paths.length,
    r.paths.map((p) => p.steps.length).join(),
  )
  console.log(
    'missing',
    own.filter((l) => !r.labels.has(l)),
    'extra',
    [...r.labels].filter((l) => !own.includes(l)),
  )
  for (const p of r.paths) console.log(p.input.restart, describeSteps(p.steps))
})
