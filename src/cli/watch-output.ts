/** What became of a stream that a command writes to. */
export interface OutputWatch {
  /** Resolves when everything is written, with the error that has stopped the writing; undefined when nothing has. */
  failure(): Promise<Error | undefined>
}

/**
 * Takes note of a stream's failure, so that the work goes on without it. A reader that has gone away (`… | head`) has seen enough:
 * that is no failure.
 */
export function watchOutput(stream: NodeJS.WritableStream): OutputWatch {
  let failed: Error | undefined
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failed ??= error
  })
  return {
    failure: async () => {
      await new Promise((resolve) => stream.write('', resolve))
      return failed
    },
  }
}
