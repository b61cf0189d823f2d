import { ChaosNotebook } from './chaos-notebook.js'
import { ChaosProcess, type ChaosAgent } from './chaos-process.js'
import { ForeignSession } from './foreign-session.js'
import type { Coverage } from './coverage.js'
import type { Injection } from './injections.js'
import type { Profile } from './profile.js'
import { Verdict } from './verdict.js'

export interface WorldOptions {
  readonly profile: Profile
  readonly coverage: Coverage
  readonly injection?: Injection | undefined
}

/** The moment at which every world begins. */
const startMs = Date.UTC(2030, 0, 1)

/** All promises that can go on have gone on. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Some notebooks, one process that serves them, and others that write to them. */
export class World {
  readonly profile: Profile
  readonly verdict = new Verdict()
  readonly notebooks: readonly ChaosNotebook[]
  readonly foreign: readonly ForeignSession[]
  process: ChaosProcess
  readonly #options: WorldOptions
  #lives = 0

  constructor(options: WorldOptions) {
    const { profile, injection } = options
    this.#options = options
    this.profile = profile
    this.notebooks = Array.from(
      { length: profile.notebooks },
      (_, index) => new ChaosNotebook(`n${index}`, profile, this.verdict, injection?.rowRule),
    )
    this.process = this.#begin(startMs)
    const now = () => new Date(this.process.clock.now())
    this.foreign = this.notebooks.map((notebook) => new ForeignSession(notebook, now))
  }

  notebookAt(pick: number): ChaosNotebook {
    return this.notebooks[pick % this.notebooks.length] as ChaosNotebook
  }

  agentAt(pick: number): ChaosAgent | undefined {
    const agents = [...this.process.agents.values()]
    return agents[pick % Math.max(1, agents.length)]
  }

  /** Moves the clock, and lets everything that a timer sets off go on before the next one. */
  async pass(delayMs: number): Promise<void> {
    const { clock } = this.process
    const untilMs = clock.now() + delayMs
    while (clock.runNext(untilMs)) await settled()
  }

  /** A new process opens the notebooks. `survives`: what the last one had written but not sent is on disk. */
  renewProcess(survives: boolean): void {
    for (const notebook of this.notebooks) notebook.reopen(survives)
    this.process = this.#begin(this.process.clock.now())
  }

  /** A store that died is opened again as soon as its agent is gone. */
  reopenDeadStores(): void {
    for (const notebook of this.notebooks) {
      if (notebook.store.isDead && !this.process.agents.has(notebook.id)) notebook.reopen(false)
    }
  }

  /** Checks what must hold after every step. */
  check(): void {
    for (const watch of this.process.changed) watch.checkWayOut()
    this.process.changed.clear()
    if (!this.profile.isShared) for (const notebook of this.notebooks) notebook.checkOwner()
  }

  checkReplay(): void {
    for (const notebook of this.notebooks) notebook.checkReplay()
  }

  #begin(now: number): ChaosProcess {
    const { profile, coverage, injection } = this.#options
    this.#lives++
    const { verdict } = this
    return new ChaosProcess({ profile, coverage, injection, verdict, startMs: now, life: this.#lives })
  }
}
