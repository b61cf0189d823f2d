/** A terminal on which lines are printed above a few lines at the bottom that are drawn again and again. */
export interface LiveScreen {
  /** Prints lines above the live ones; they stay. */
  print(lines: readonly string[]): void
  /** Replaces the live lines. Each must fit into the width of the terminal. */
  show(lines: readonly string[]): void
  /** Takes the live lines away and gives the terminal back as it was. Idempotent. */
  close(): void
}

const hideCursor = '\x1b[?25l'
const showCursor = '\x1b[?25h'
const noWrap = '\x1b[?7l'
const wrap = '\x1b[?7h'

/** Makes the screen; `write` gets each picture in one piece, so that nothing flickers. */
export function createLiveScreen(write: (text: string) => void): LiveScreen {
  let live: readonly string[] = []
  let isOpen = true
  const erase = (): string => (live.length === 0 ? '' : `\r${'\x1b[1A'.repeat(live.length - 1)}\x1b[J`)
  const draw = (): string => (live.length === 0 ? '' : hideCursor + noWrap + live.join('\n') + wrap)
  const reset = () => {
    if (isOpen) write(showCursor)
  }
  process.once('exit', reset)
  return {
    print(lines) {
      const text = lines.map((line) => `${line}\n`).join('')
      write(erase() + text + (isOpen ? draw() : ''))
    },
    show(lines) {
      if (!isOpen) return
      const erased = erase()
      live = [...lines]
      write(erased + draw())
    },
    close() {
      if (!isOpen) return
      write(erase() + showCursor)
      live = []
      isOpen = false
      process.off('exit', reset)
    },
  }
}
