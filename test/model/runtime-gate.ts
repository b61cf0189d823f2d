import type { BrowserContext, Route } from 'playwright-core'
import { waitUntil } from '../support/wait-for.js'

/** The file that a Python runtime loads first, and that it cannot do without. */
const firstFile = '**/python/kernel.py'

/** Stands before the runtimes of a browser profile: each that begins to load waits until it is let in or turned away. */
export class RuntimeGate {
  #held: Route[] = []

  static async before(context: BrowserContext): Promise<RuntimeGate> {
    const gate = new RuntimeGate()
    await context.route(firstFile, (route) => void gate.#held.push(route))
    return gate
  }

  /** True while a runtime waits. */
  get isHolding(): boolean {
    return this.#held.length > 0
  }

  async letIn(): Promise<void> {
    await (await this.#next()).continue()
  }

  async turnAway(): Promise<void> {
    await (await this.#next()).abort()
  }

  /** Turns away all that wait: what they belong to is gone. */
  async dismiss(): Promise<void> {
    for (const route of this.#held.splice(0)) await route.abort().catch(() => undefined)
  }

  async #next(): Promise<Route> {
    await waitUntil('a runtime that loads', () => this.isHolding)
    return this.#held.shift() as Route
  }
}
