import { spawn } from 'node:child_process'
import { closeSync, cpSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

const manifest = createRequire(import.meta.url).resolve('runtime-agent-registry/package.json')

/** The built program. */
const program = join(dirname(manifest), 'dist/src/cli/main.js')

/** How a notebook is run. */
export interface CaseOptions {
  /** Folder whose notebook it is; it is copied, with what lies beside the notebook. */
  readonly folder: string
  readonly name: string
  /** Folder for the copy and for all that the run writes. */
  readonly workFolder: string
  /** Milliseconds after which the process and its children are killed. */
  readonly limitMs: number
  /** More words for `run`. */
  readonly words: readonly string[]
  /** More variables of the environment. */
  readonly env: Readonly<Record<string, string>>
}

/** A line that `run --json` has written. */
export type ToldEvent = Readonly<Record<string, unknown>>

/** What one run did, as somebody outside sees it. */
export interface CaseRun {
  readonly name: string
  /** Folder in which the notebook ran. */
  readonly folder: string
  readonly startedAt: number
  readonly durationMs: number
  /** True when it had to be killed because its limit was over. */
  readonly isOverLimit: boolean
  readonly exitCode: number | null
  readonly signal: string | null
  readonly events: readonly ToldEvent[]
  /** Lines of stdout that are not JSON. */
  readonly strayLines: readonly string[]
  readonly stderr: string
  /** Text of the notebook as it was before. */
  readonly source: string
  /** Text of the executed notebook; undefined when there is none. */
  readonly executed: string | undefined
  /** Text of the notebook that `export` made from the record; undefined when it could not. */
  readonly exported: string | undefined
}

interface Ended {
  readonly exitCode: number | null
  readonly signal: string | null
  readonly isOverLimit: boolean
}

/** Runs one notebook in a process of its own, until it ends or its limit is over. */
export async function runCase(options: CaseOptions): Promise<CaseRun> {
  const { name, workFolder } = options
  const folder = join(workFolder, basename(options.folder))
  mkdirSync(workFolder, { recursive: true })
  cpSync(options.folder, folder, { recursive: true })
  const path = (file: string) => join(workFolder, file)
  const words = ['run', name, '--out', path('executed.ipynb'), '--store', path('store'), '--json']
  const source = readFileSync(join(folder, name), 'utf8')
  const startedAt = Date.now()
  const ended = await runProgram([...words, ...options.words], folder, path('run'), options)
  const durationMs = Date.now() - startedAt
  const exporting = ['export', path('store'), '--out', path('exported.ipynb')]
  if (!ended.isOverLimit) await runProgram(exporting, folder, path('export'), options)
  return {
    name,
    folder,
    startedAt,
    durationMs,
    source,
    ...ended,
    ...toldIn(readFileSync(path('run.stdout'), 'utf8')),
    stderr: readFileSync(path('run.stderr'), 'utf8'),
    executed: readIfPresent(path('executed.ipynb')),
    exported: readIfPresent(path('exported.ipynb')),
  }
}

/** The program is the head of a group of processes, so that its end is also that of its children. */
function runProgram(
  words: readonly string[],
  cwd: string,
  outputs: string,
  { limitMs, env }: CaseOptions,
): Promise<Ended> {
  const files = [openSync(`${outputs}.stdout`, 'w'), openSync(`${outputs}.stderr`, 'w')] as const
  const child = spawn(process.execPath, [program, ...words], {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', ...files],
  })
  for (const file of files) closeSync(file)
  return new Promise((resolve, reject) => {
    let isOverLimit = false
    const timer = setTimeout(() => {
      isOverLimit = true
      killGroup(child.pid)
    }, limitMs)
    child.once('error', reject)
    child.once('exit', (exitCode, signal) => {
      clearTimeout(timer)
      killGroup(child.pid)
      resolve({ exitCode, signal, isOverLimit })
    })
  })
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    return
  }
}

function toldIn(stdout: string): Pick<CaseRun, 'events' | 'strayLines'> {
  const events: ToldEvent[] = []
  const strayLines: string[] = []
  for (const line of stdout.split('\n').filter((text) => text !== '')) {
    const event = parseEvent(line)
    if (event === undefined) strayLines.push(line)
    else events.push(event)
  }
  return { events, strayLines }
}

function parseEvent(line: string): ToldEvent | undefined {
  try {
    const value = JSON.parse(line) as ToldEvent | null
    return typeof value?.['event'] === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
