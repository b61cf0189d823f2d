import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { checks } from './checks.js'

/** What a child that tries mutations tells: what it begins with, and what came of it. */
export type SweepReport =
  | { readonly index: number; readonly total: number; readonly description: string }
  | { readonly index: number; readonly isCaught: boolean }

/** What became of the mutations of one machine. */
export interface Sweep {
  readonly machine: string
  readonly seeded: number
  readonly caught: number
  readonly survivors: readonly string[]
}

/** Milliseconds for one mutation; a machine that then still runs in circles is caught. */
const patienceMs = 120_000

const child = fileURLToPath(new URL('sweep-child.js', import.meta.url))

/** Seeds every small bug in a machine, one after the other, and tells which of them its model does not find. */
export async function sweepMachine(machine: string): Promise<Sweep> {
  const survivors: string[] = []
  let seeded = 0
  for (let from: number | undefined = 0; from !== undefined;) {
    from = await sweepFrom(machine, from, (description, isCaught) => {
      seeded += 1
      if (!isCaught) survivors.push(description)
      if (!isCaught) console.log(`${machine}: NOT CAUGHT: ${description}`)
    })
  }
  return { machine, seeded, caught: seeded - survivors.length, survivors }
}

/** Every machine that has a model. */
export const sweptMachines = (): string[] => checks.map(({ name }) => name)

/** Runs one child until it has tried all, or hangs in one; resolves with the index to go on with. */
function sweepFrom(
  machine: string,
  from: number,
  onResult: (description: string, isCaught: boolean) => void,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const running = fork(child, [machine, String(from)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    let current: { readonly index: number; readonly description: string } | undefined
    let timer: NodeJS.Timeout | undefined
    running.on('message', (report: SweepReport) => {
      clearTimeout(timer)
      if ('description' in report) {
        current = report
        timer = setTimeout(() => running.kill('SIGKILL'), patienceMs)
      } else if (current) {
        onResult(current.description, report.isCaught)
        current = undefined
      }
    })
    running.once('error', reject)
    running.once('exit', () => {
      clearTimeout(timer)
      if (!current) return resolve(undefined)
      onResult(current.description, true)
      resolve(current.index + 1)
    })
  })
}
