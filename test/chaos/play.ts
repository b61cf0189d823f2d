import { actions } from './actions.js'
import { describeCommand, type Command } from './commands.js'
import type { Depth, Outcome } from './depth.js'
import { checkDrained, drain, isDown } from './drain.js'
import { checkCancellations, heal } from './heal.js'
import { profileOf } from './profile.js'
import { settled, World } from './world.js'

const stepsBetweenReplays = 2_000
const stepsBetweenPauses = 100

/** Carries out the steps in a new world, checks after each, and ends the world in order. Ends at the first violation. */
export const play: Depth['play'] = async ({ seed, commands, coverage, injection }) => {
  const world = new World({ profile: profileOf(seed), coverage, injection })
  for (const [index, command] of commands.entries()) {
    await step(world, command)
    if ((index + 1) % stepsBetweenPauses === 0) await checkCancellations(world)
    if ((index + 1) % stepsBetweenReplays === 0) world.checkReplay()
    if (world.verdict.violation) return outcome(world, index + 1)
  }
  for (const end of [heal, drain]) {
    await end(world)
    world.checkReplay()
    if (world.verdict.violation) break
  }
  return outcome(world, commands.length)
}

async function step(world: World, command: Command): Promise<void> {
  try {
    await actions[command.name]?.(world, command)
  } catch (error) {
    throw new Error(`The step "${describeCommand(command)}" threw.`, { cause: error })
  }
  await settled()
  world.check()
  world.reopenDeadStores()
  if (isDown(world)) {
    await checkDrained(world)
    world.renewProcess(false)
  }
}

const outcome = (world: World, steps: number): Outcome => ({
  steps,
  violation: world.verdict.violation,
  runs: world.notebooks.reduce((sum, { ledger }) => sum + ledger.runs, 0),
})
