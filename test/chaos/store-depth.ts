import { logger } from '@runtimed/agent-core'
import { commandsOf, describeCommand, type Command } from './commands.js'
import type { Depth, Outcome } from './depth.js'
import { profileOf, type Profile } from './profile.js'
import { healStores } from './store-heal.js'
import { storeActions } from './store-actions.js'
import { StoreWorld } from './store-world.js'

/** One command in this many is followed at once by the next, so that they meet in the stores. */
const hurry = 3

/** A real store is no crowd, and nobody else writes to it. */
const storeProfile = (seed: number): Profile => ({
  ...profileOf(seed),
  notebooks: 1 + (seed % 2),
  isShared: false,
  isAlone: seed % 2 === 0,
  isFaithful: true,
  maxConcurrentAgents: 0,
})

/** The real registry, committer, intake and mirror over LiveStore in memory; slower by a hundred. */
export const storeDepth: Depth = {
  name: 'store',
  shrinkAttempts: 60,
  commandsOf: (seed, steps) =>
    commandsOf(seed, steps * 4, true)
      .filter(({ name }) => name in storeActions)
      .slice(0, steps),
  async play({ seed, commands, coverage, injection }) {
    logger.configure({ console: false })
    const world = await StoreWorld.open({ profile: storeProfile(seed), coverage, injection })
    try {
      return await playIn(world, commands)
    } finally {
      await world.close()
    }
  },
}

async function playIn(world: StoreWorld, commands: readonly Command[]): Promise<Outcome> {
  for (const [index, command] of commands.entries()) {
    await step(world, command)
    if (world.verdict.violation) return outcomeOf(world, index + 1)
  }
  await healStores(world)
  await world.checkReplay()
  return outcomeOf(world, commands.length)
}

async function step(world: StoreWorld, command: Command): Promise<void> {
  try {
    await storeActions[command.name]?.(world, command)
  } catch (error) {
    throw new Error(`The step "${describeCommand(command)}" threw.`, { cause: error })
  }
  if (command.how % hurry === 0) return
  await world.untilQuiet()
  world.check()
}

const outcomeOf = (world: StoreWorld, steps: number): Outcome => ({
  steps,
  violation: world.verdict.violation,
  runs: world.notebooks.reduce((sum, { ledger }) => sum + ledger.runs, 0),
})
