import { Listeners } from '../../react/listeners.js'

/** Where the keyboard is: on which cell, and whether inside its editor. */
export interface Focus {
  readonly cellId: string | null
  readonly isEditing: boolean
}

/** The selected cell of the shown notebook, as something to subscribe to. */
export class CellFocus {
  readonly #listeners = new Listeners()
  readonly #key: string
  #focus: Focus

  /** Begins where this tab was before it was loaded again. */
  constructor(notebookId: string) {
    this.#key = `studio.focus.${notebookId}`
    this.#focus = { cellId: sessionStorage.getItem(this.#key), isEditing: false }
  }

  readonly getSnapshot = (): Focus => this.#focus

  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener)

  readonly select = (cellId: string | null, isEditing = false): void => {
    if (this.#focus.cellId === cellId && this.#focus.isEditing === isEditing) return
    this.#focus = { cellId, isEditing }
    if (cellId !== null) sessionStorage.setItem(this.#key, cellId)
    this.#listeners.notify()
  }
}
