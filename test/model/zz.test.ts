import { test } from 'vitest'
import { agentPaths, describeSteps } from './agent-paths.js'
import { runPath } from './run-path.js'
const r = agentPaths(14)
test('n', () => {
  process.stdout.write(`${r.labels.size} ${r.paths.length} ${r.paths.map((p) => p.steps.length).join()}\n`)
})
test.for(r.paths.map((p) => [describeSteps(p.steps), p] as const))('%s', async ([, p]) => {
  await runPath(p, { patienceMs: () => 1500 })
})
