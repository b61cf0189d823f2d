/**
 * The agent's model, walked on the built studio in Chromium with Python in the page: what a person presses, what the browser and
 * time do. After each step the transitions of the machine, its state, the rows in the store and what the page says agree with the
 * model. Every third path: `npm run model -- --studio` walks them all.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startStudio, type Studio } from '../studio/studio.js'
import { studioPaths } from './studio-check.js'
import { describeSteps, Disagreement, walkPath, type ModelPath } from './walk-path.js'
import { WalkedStudio } from './walked-studio.js'

/** Python takes a while to load on a busy machine. */
vi.setConfig({ testTimeout: 300_000 })

let studio: Studio
let walked: WalkedStudio

beforeAll(async () => {
  studio = await startStudio()
  walked = new WalkedStudio(studio)
})

afterAll(() => studio?.close())

const { states } = studioPaths
const paths = studioPaths.paths.filter((_, index) => index % 3 === 0)

describe('the model walks the studio', () => {
  const taken = new Set<string>()

  test.for(paths.map((path, index) => ({ index, path, title: describeSteps(path.steps) })))(
    'path $index: $title',
    async ({ path }) => {
      for (const label of await walkPath(path, () => walked.open())) taken.add(label)
    },
  )

  afterAll(() => {
    const steps = paths.reduce((sum, path) => sum + path.steps.length, 0)
    process.stdout.write(
      `studio model: ${states} states, ${paths.length} paths of ${steps} steps; ${taken.size} transitions of the agent taken\n`,
    )
  })
})

/** Bugs, as changes of the built scripts, with what the message then tells apart. */
const defects = {
  'whose text of a state is another one': {
    change: (script: string) => script.replace('text:`Starting`', 'text:`Idle`'),
    tells: /START .*"badges":\["Idle","Idle"\]\}, expected .*"Starting"/,
  },
  'whose button is never enabled': {
    change: (script: string) => script.replace(/\w+===0\?`No cell waits\.`/, 'true?`No cell waits.`'),
    tells: /REQUEST .*"toolbar: Cancel what waits":"No cell waits\."/,
  },
  'whose machine gives up at once': {
    change: (script: string) =>
      script.replace(/(guard:`restart is allowed`,target:)`restarting`/, '$1`failed`'),
    tells: /START_FAILED mendable .*"state":"failed".*expected .*"state":"restarting"/,
  },
  'whose stop leaves in the store what waits': {
    change: (script: string) => script.replace(/(`The runtime was shut down\.`,)[\w$]+\)/, '$1()=>false)'),
    tells: /STOP, RUNTIME_GONE .*seen/,
  },
}

describe('the model finds a studio', () => {
  /** Without Python, so that it is short. */
  const path = studioPaths.paths.find(
    ({ steps }) =>
      steps.at(-1)?.event.type === 'RUNTIME_GONE' &&
      steps.some(({ event }) => event.type === 'START_FAILED') &&
      steps.every(({ event }) => event.type !== 'RUNTIME_UP'),
  ) as ModelPath

  test.for(Object.entries(defects).map(([name, defect]) => ({ name, ...defect })))(
    '$name',
    async ({ change, tells }) => {
      const broken = new WalkedStudio(studio, change)
      const found = walkPath(path, () => broken.open(), { patienceMs: () => 5_000 })
      await expect(found).rejects.toThrow(Disagreement)
      await expect(found).rejects.toThrow(tells)
    },
  )
})
