import { settled, type World } from './world.js'

/** More rounds than any orderly end can take. */
const mostRounds = 500

/** Answers whatever is open, writes whatever is committed, and goes to the next timer. True while there was something. */
export async function helpAlong(world: World): Promise<boolean> {
  const { process, notebooks } = world
  for (const { channel } of process.agents.values()) channel.deliverAll()
  for (const notebook of notebooks) notebook.writeThrough()
  const open = [...process.operations.open]
  for (const operation of open) operation.succeed()
  await settled()
  return open.length > 0 || notebooks.some((notebook) => notebook.hasWork)
}

/** Ends the registry, helps until it has ended, and looks that nothing is left of it. */
export async function drain(world: World): Promise<void> {
  world.process.registry.send({ type: 'registry.drain' })
  for (let round = 0; round < mostRounds && !isDown(world); round++) {
    const wasBusy = await helpAlong(world)
    if (!wasBusy) await world.pass(Math.min(60_000, world.process.clock.nextInMs ?? 0))
  }
  await checkDrained(world)
}

export const isDown = ({ process }: World): boolean =>
  process.registry.getSnapshot().status !== 'active' && process.agents.size === 0

/** Looks that the registry has ended and that nothing is left of its process, once everything open was answered. */
export async function checkDrained(world: World): Promise<void> {
  for (let round = 0; round < mostRounds && (await helpAlong(world)); round++);
  const left = Object.entries(leftovers(world)).filter(([, count]) => count > 0)
  const text = () => left.map(([what, count]) => `${count} ${what}`).join(', ')
  world.verdict.require('nothingLeft', left.length === 0, text)
}

function leftovers({ process, notebooks }: World): Record<string, number> {
  const snapshot = process.registry.getSnapshot()
  const sum = (count: (notebook: (typeof notebooks)[number]) => number) =>
    notebooks.reduce((total, notebook) => total + count(notebook), 0)
  return {
    'registries that have not ended': snapshot.status === 'done' ? 0 : 1,
    agents: process.agents.size,
    actors: Object.values(snapshot.children).filter((child) => child?.getSnapshot().status === 'active')
      .length,
    timers: process.clock.timers,
    'listeners of stores': sum(({ store }) => store.listeners),
    'listeners of committers': sum(({ committer }) => committer.listeners),
    'submissions that wait': sum(({ committer }) => committer.pending),
    'runtimes that live': process.runtimes.filter((runtime) => !runtime.isDead).length,
    'handlers that run': sum(({ ledger }) => (ledger.running === undefined ? 0 : 1)),
    'sessions that are active': sum(activeSessions),
  }
}

function activeSessions({ store, unended }: World['notebooks'][number]): number {
  if (store.isDead) return 0
  return [...store.logged.activeSessions].filter((id) => !id.startsWith('foreign') && !unended.has(id)).length
}
