/** Puts streamed pieces of text together to lines. */
export interface LineAssembler {
  /** Takes a piece; returns the lines that it completed. */
  push(text: string): string[]
  /** The line that has begun and is not complete, as a terminal would show it. */
  readonly partial: string
  /** Ends the line that has begun; returns it, or nothing when none has. */
  flush(): string[]
}

/** Makes an assembler. In a line, what follows a carriage return replaces what stood before it, as on a terminal. */
export function createLineAssembler(): LineAssembler {
  let pending = ''
  const overwritten = (line: string): string => line.split('\r').findLast((segment) => segment !== '') ?? ''
  return {
    push(text) {
      const pieces = (pending + text).split('\n')
      const last = pieces.pop() ?? ''
      const endsWithReturn = last.endsWith('\r')
      pending = last.includes('\r') ? overwritten(last) + (endsWithReturn ? '\r' : '') : last
      return pieces.map(overwritten)
    },
    get partial() {
      return overwritten(pending)
    },
    flush() {
      const line = overwritten(pending)
      pending = ''
      return line === '' ? [] : [line]
    },
  }
}
