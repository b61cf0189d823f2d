import type { ChaosAgent } from './chaos-process.js'
import { drain, helpAlong } from './drain.js'
import { settled, type World } from './world.js'

/** More rounds than a chain of messages and writes has links. */
const quietRounds = 8

/** Rounds in a row in which nothing ends, after which something counts as stuck. */
const patience = 60

/**
 * Heals the world: other processes leave, dead stores are opened again, every call is answered, every message arrives and
 * time passes. Then nothing may be stuck.
 */
export async function heal(world: World): Promise<void> {
  if (!world.process.isActive) {
    await drain(world)
    world.renewProcess(false)
  }
  await checkCancellations(world)
  for (const foreign of world.foreign) foreign.leave(true)
  for (const { actorRef, notebook } of world.process.agents.values()) {
    if (notebook.store.isDead) actorRef.send({ type: 'agent.stop' })
  }
  await untilAtRest(world)
  for (const agent of world.process.agents.values()) {
    if (agent.notebook.store.logged.openIds.size > 0) agent.actorRef.send({ type: 'agent.restart' })
  }
  await untilAtRest(world)
  checkNothingIsStuck(world)
}

/** Lets all messages arrive and writes everything, but no handler answers: whatever was cancelled must have been told. */
export async function checkCancellations(world: World): Promise<void> {
  for (let round = 0; round < quietRounds; round++) {
    for (const { channel } of world.process.agents.values()) channel.deliverAll()
    for (const notebook of world.notebooks) notebook.writeThrough()
    await settled()
  }
  for (const { watch, notebook } of world.process.agents.values()) {
    if (!notebook.store.isDead) watch.checkCancellation((id) => notebook.store.logged.queue.get(id)?.status)
  }
}

async function untilAtRest(world: World): Promise<void> {
  let idleRounds = 0
  let before = ''
  while (idleRounds < patience && !isAtRest(world)) {
    world.reopenDeadStores()
    for (const notebook of world.notebooks) startAgent(world, notebook)
    const wasBusy = await helpAlong(world)
    if (!wasBusy) await world.pass(Math.min(60_000, world.process.clock.nextInMs ?? 0))
    const now = progressOf(world)
    idleRounds = now === before ? idleRounds + 1 : 0
    before = now
  }
}

/** It is pinned, so that being culled and started again does not look as if something got on. */
function startAgent(world: World, notebook: World['notebooks'][number]): void {
  const agent = world.process.ensureAgent(notebook)
  agent?.actorRef.send({ type: 'agent.pin' })
  if (
    agent &&
    (agent.actorRef.getSnapshot().matches('failed') || agent.actorRef.getSnapshot().matches('idle'))
  ) {
    agent.actorRef.send({ type: 'agent.start' })
  }
}

const isAtRest = (world: World): boolean => stuck(world).length === 0

/** Changes whenever something gets on; a session that is only renewed does not. */
const progressOf = ({ notebooks, process }: World): string =>
  [
    ...notebooks.map(({ store: { logged } }) => `${logged.pendingIds.size} ${logged.openIds.size}`),
    ...[...process.agents.values()].map(({ actorRef }) => actorRef.getSnapshot().context.epoch),
  ].join()

function checkNothingIsStuck(world: World): void {
  const left = stuck(world)
  world.verdict.require('notStuck', left.length === 0, () => left.slice(0, 5).join('; '))
  for (const notebook of world.notebooks) notebook.checkOwner()
}

/** Rows that wait although an agent is there, or that are open; agents that are not at rest. */
function stuck(world: World): string[] {
  return world.notebooks.flatMap((notebook) => {
    const { queue, pendingIds, openIds } = notebook.store.logged
    const agent = world.process.agents.get(notebook.id)
    if (!agent) return world.profile.maxConcurrentAgents > 0 ? [] : [`${notebook.id}: has no agent`]
    const open = [...pendingIds, ...openIds]
    return [...open.map((id) => `${notebook.id}: ${id} is ${queue.get(id)?.status}`), ...unrest(agent)]
  })
}

function unrest({ actorRef, notebook }: ChaosAgent): string[] {
  const { value, context } = actorRef.getSnapshot()
  const isQuiet = value === 'running' && context.queue.length === 0 && context.current === null
  return isQuiet ? [] : [`${notebook.id}: agent is ${value} with ${context.queue.length} requests`]
}
