import type { Studio } from '../studio/studio.js'
import { StudioUnderTest } from './studio-under-test.js'
import { WalkedTab } from './walked-tab.js'

/** A studio to walk on: each path in a new notebook, all in one tab, until something goes wrong in it. */
export class WalkedStudio {
  readonly #studio: Studio
  readonly #change: ((script: string) => string) | undefined
  #tab: WalkedTab | undefined

  /** With `change`, a studio that has a bug: its scripts are changed on their way to the page. */
  constructor(studio: Studio, change?: (script: string) => string) {
    this.#studio = studio
    this.#change = change
  }

  async open(): Promise<StudioUnderTest> {
    if (this.#tab?.isClosed !== false) this.#tab = await WalkedTab.open(this.#studio, this.#change)
    return StudioUnderTest.open(this.#tab)
  }
}
