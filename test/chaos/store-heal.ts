import { committerFor } from '../../src/livestore/committer.js'
import { isTerminal } from './rows.js'
import type { StoreWorld } from './store-world.js'
import { settled } from './world.js'

/** More rounds than a full notebook takes. */
const mostRounds = 2_000

/** Answers every call and lets time pass until all is at rest; then closes the registry and looks that nothing is left. */
export async function healStores(world: StoreWorld): Promise<void> {
  await helpUntil(world, () => {
    for (const notebook of world.notebooks) world.ask(notebook)
    return stuck(world).length === 0
  })
  const left = stuck(world)
  world.verdict.require('notStuck', left.length === 0, () => left.slice(0, 5).join('; '))
  let isClosed = false
  const closing = world.registry.close().then(() => (isClosed = true))
  await helpUntil(world, () => isClosed)
  if (isClosed) await closing
  await world.untilQuiet()
  checkNothingIsLeft(world)
}

async function helpUntil(world: StoreWorld, isDone: () => boolean): Promise<void> {
  for (let round = 0; round < mostRounds && !isDone(); round++) {
    await world.untilQuiet()
    world.check()
    const open = [...world.operations.open]
    for (const operation of open) operation.succeed()
    await settled()
    if (open.length === 0) await world.pass(Math.min(60_000, world.clock.nextInMs ?? 0))
  }
}

function stuck(world: StoreWorld): string[] {
  return world.notebooks.flatMap((notebook) => {
    const open = notebook.rows().filter((row) => !isTerminal(row.status))
    const state = world.registry.getAgent(notebook.id)?.getSnapshot().value ?? 'not there'
    const rows = open.map((row) => `${notebook.id}: ${row.id} is ${row.status}`)
    return state === 'running' ? rows : [...rows, `${notebook.id}: agent is ${state}`]
  })
}

function checkNothingIsLeft({ verdict, registry, clock, notebooks, runtimes }: StoreWorld): void {
  const sum = (count: (notebook: (typeof notebooks)[number]) => number) =>
    notebooks.reduce((total, notebook) => total + count(notebook), 0)
  const left = Object.entries({
    'registries that have not ended': registry.actorRef.getSnapshot().status === 'done' ? 0 : 1,
    timers: clock.timers,
    'listeners of stores': sum(({ listeners }) => listeners),
    'submissions that wait': sum(({ store }) => committerFor(store).pending),
    'runtimes that live': runtimes.filter((runtime) => !runtime.isDead).length,
    'handlers that run': sum(({ ledger }) => (ledger.running === undefined ? 0 : 1)),
    'sessions that are active': sum((notebook) => notebook.sessions().filter((row) => row.isActive).length),
  }).filter(([, count]) => count > 0)
  const text = () => left.map(([what, count]) => `${count} ${what}`).join(', ')
  verdict.require('nothingLeft', left.length === 0, text)
}
