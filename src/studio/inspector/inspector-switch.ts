import { Listeners } from '../../react/listeners.js'

/** Under which it is kept whether this tab is inspected, also after a reload. */
const key = 'studio.inspected'

/** Whether this tab's registry is watched. Off until somebody asks; while it is off nothing of the inspection is loaded. */
export class InspectorSwitch {
  readonly #storage: Storage
  readonly #listeners = new Listeners()

  constructor(storage: Storage) {
    this.#storage = storage
  }

  readonly isOn = (): boolean => this.#storage.getItem(key) !== null

  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener)

  turn(isOn: boolean): void {
    if (isOn) this.#storage.setItem(key, 'true')
    else this.#storage.removeItem(key)
    this.#listeners.notify()
  }
}
