import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A process of its own that reports in lines of JSON. */
export interface Child<Report extends { readonly event: string }> {
  /** Everything reported so far. */
  readonly reports: readonly Report[]
  /** The first report of this name; rejects when the process ends without it. */
  until<Name extends Report['event']>(name: Name): Promise<Extract<Report, { event: Name }>>
  /** Resolves when there are so many reports of this name, or the process has ended. */
  untilCount(name: Report['event'], count: number): Promise<void>
  /** kill -9; resolves when the process is gone and all it wrote has been read. */
  kill(): Promise<void>
  /** Resolves with the exit code; null after a kill. */
  readonly ended: Promise<number | null>
}

/** Starts a script, of this folder or by its URL, with its options as JSON. */
export function startChild<Report extends { readonly event: string }>(
  script: string,
  options: object,
): Child<Report> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const process = spawn(globalThis.process.execPath, [path, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const reports: Report[] = []
  const listeners = new Set<(report: Report) => void>()
  let complaints = ''
  process.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const lines = createInterface({ input: process.stdout })
  lines.on('line', (line) => {
    const report = parseReport<Report>(line)
    if (!report) return
    reports.push(report)
    for (const listener of listeners) listener(report)
  })
  const ended = Promise.all([once(process, 'close'), once(lines, 'close')]).then(
    ([[code]]) => code as number | null,
  )
  return {
    reports,
    ended,
    until: (name) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = reports.find((report) => report.event === name)
          if (found) resolve(found as Extract<Report, { event: typeof name }>)
          return found
        }
        if (look()) return
        listeners.add(look)
        const missing = (code: number | null) =>
          look() ?? reject(new Error(`${script} ended with ${code} before "${name}": ${complaints}`))
        void ended.then(missing)
      }),
    untilCount: (name, count) =>
      new Promise((resolve) => {
        const look = () => {
          if (reports.filter(({ event }) => event === name).length >= count) resolve()
        }
        listeners.add(look)
        look()
        void ended.then(() => resolve())
      }),
    kill: async () => {
      process.kill('SIGKILL')
      await ended
    },
  }
}

/** kill -9 after a delay, in milliseconds. */
export async function killAfter(child: Pick<Child<never>, 'kill'>, delayMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, delayMs))
  await child.kill()
}

/** A killed process can leave half a line. */
function parseReport<Report>(line: string): Report | undefined {
  try {
    return JSON.parse(line) as Report
  } catch {
    return undefined
  }
}
