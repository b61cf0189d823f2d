/** Names of what a key can do. */
export type KeyCommand =
  | 'run-and-advance'
  | 'run'
  | 'run-and-insert'
  | 'command-mode'
  | 'edit'
  | 'previous'
  | 'next'
  | 'add-above'
  | 'add-below'
  | 'delete'
  | 'to-markdown'
  | 'to-code'
  | 'move-up'
  | 'move-down'
  | 'interrupt'
  | 'restart'
  | 'save'
  | 'help'

/** A key, or two in a row, and what it does. */
export interface KeyBinding {
  /** As `KeyboardEvent.key`, with `Shift+`, `Alt+` and `Mod+` (Control, or Command) before it; two of them for a sequence. */
  readonly keys: readonly string[]
  readonly command: KeyCommand
  readonly text: string
  /** `any` also while an editor has the keyboard. */
  readonly mode: 'any' | 'edit' | 'command'
}

/** The keys of the studio, which are Jupyter's. */
export const keyBindings: readonly KeyBinding[] = [
  { keys: ['Shift+Enter'], command: 'run-and-advance', text: 'Run, and go to the next cell', mode: 'any' },
  { keys: ['Mod+Enter'], command: 'run', text: 'Run', mode: 'any' },
  { keys: ['Alt+Enter'], command: 'run-and-insert', text: 'Run, and add a cell below', mode: 'any' },
  { keys: ['Mod+s'], command: 'save', text: 'Save as a file', mode: 'any' },
  { keys: ['Escape'], command: 'command-mode', text: 'Leave the editor', mode: 'edit' },
  { keys: ['Enter'], command: 'edit', text: 'Edit the cell', mode: 'command' },
  { keys: ['ArrowUp'], command: 'previous', text: 'Previous cell', mode: 'command' },
  { keys: ['k'], command: 'previous', text: 'Previous cell', mode: 'command' },
  { keys: ['ArrowDown'], command: 'next', text: 'Next cell', mode: 'command' },
  { keys: ['j'], command: 'next', text: 'Next cell', mode: 'command' },
  { keys: ['a'], command: 'add-above', text: 'Add a cell above', mode: 'command' },
  { keys: ['b'], command: 'add-below', text: 'Add a cell below', mode: 'command' },
  { keys: ['d', 'd'], command: 'delete', text: 'Delete the cell', mode: 'command' },
  { keys: ['m'], command: 'to-markdown', text: 'Make it text', mode: 'command' },
  { keys: ['y'], command: 'to-code', text: 'Make it code', mode: 'command' },
  { keys: ['Mod+Shift+ArrowUp'], command: 'move-up', text: 'Move the cell up', mode: 'command' },
  { keys: ['Mod+Shift+ArrowDown'], command: 'move-down', text: 'Move the cell down', mode: 'command' },
  { keys: ['Control+c'], command: 'interrupt', text: 'Interrupt', mode: 'command' },
  { keys: ['i', 'i'], command: 'interrupt', text: 'Interrupt', mode: 'command' },
  { keys: ['0', '0'], command: 'restart', text: 'Restart the runtime', mode: 'command' },
  { keys: ['h'], command: 'help', text: 'Show these keys', mode: 'command' },
]

/** Milliseconds in which the second key of a sequence has to come. */
const sequenceMs = 1_000

interface KeyPress {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
}

/** Finds out which command a key press means; remembers the first key of a sequence. */
export class KeyReader {
  #first: { readonly name: string; readonly at: number } | undefined

  read(press: KeyPress, isEditing: boolean, now: number): KeyCommand | undefined {
    const names = namesOf(press)
    const first = this.#first && now - this.#first.at <= sequenceMs ? this.#first.name : undefined
    this.#first = undefined
    const possible = keyBindings.filter(({ mode }) => mode === 'any' || (mode === 'edit') === isEditing)
    const found = possible.find(({ keys }) => {
      const [one = '', two] = keys
      return two === undefined ? names.includes(one) : first === one && names.includes(two)
    })
    if (found) return found.command
    const begun = possible.find(({ keys }) => keys.length === 2 && names.includes(keys[0] ?? ''))
    if (begun) this.#first = { name: begun.keys[0] ?? '', at: now }
    return undefined
  }
}

/** Control is itself and `Mod`; letters count in lower case. */
function namesOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyPress): string[] {
  const plain = key.length === 1 ? key.toLowerCase() : key
  const rest = `${shiftKey ? 'Shift+' : ''}${altKey ? 'Alt+' : ''}${plain}`
  if (ctrlKey) return [`Mod+${rest}`, `Control+${rest}`]
  return metaKey ? [`Mod+${rest}`] : [rest]
}
