import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach, vi } from 'vitest'
import { waitUntil } from '../support/wait-for.js'

/** The built program; `npm test` builds it first. */
export const program = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))

/** Where a command is started, and what it reads from standard input (nothing by default). */
interface Surroundings {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
}

/** How a command ended. */
interface Finished {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  /** What it has written to stdout so far. */
  readonly stdout: () => string
}

/** Each of these tests starts several processes, most of them with a Python interpreter. */
vi.setConfig({ testTimeout: 240_000 })

const children = new Set<ChildProcess>()
const directories: string[] = []

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

/** A fresh directory that goes away after the test. */
export function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'cli-test-'))
  directories.push(directory)
  return directory
}

/** Starts the program, without a terminal. */
export function startCli(words: readonly string[], options: Surroundings = {}): Running {
  return startProcess(process.execPath, [program, ...words], options)
}

/** Runs the program to its end. */
export const runCli = (words: readonly string[], options: Surroundings = {}) =>
  startCli(words, options).finished

/** Starts any command, with an environment that says nothing about terminals and npm. */
export function startProcess(
  command: string,
  words: readonly string[],
  { cwd, env, input }: Surroundings = {},
): Running {
  const { npm_lifecycle_event: _event, NO_COLOR: _color, FORCE_COLOR: _force, ...inherited } = process.env
  const child = spawn(command, words, {
    cwd,
    env: { ...inherited, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  }) as ChildProcess & { stdout: Readable; stderr: Readable }
  children.add(child)
  child.stdin?.end(input)
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text))
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      children.delete(child)
      resolve({ code, signal, ...written })
    })
  })
  return { child, finished, stdout: () => written.stdout }
}

/** Waits until the command has written a text to stdout. */
export const untilWritten = (running: Running, text: string) =>
  waitUntil(`"${text}" on stdout`, () => running.stdout().includes(text), 120_000)

/** Writes a notebook of code cells into a fresh directory; returns its path. */
export function writeNotebook(
  sources: readonly string[],
  options: {
    kernel?: string
    language?: string
    name?: string
    /** Metadata of cells, by index. */
    metadata?: Readonly<Record<number, object>>
  } = {},
): string {
  const { kernel = 'python3', language = 'python', name = 'notebook.ipynb', metadata: ofCells = {} } = options
  const cells = sources.map((source, index) => ({
    cell_type: 'code',
    execution_count: null,
    id: `c${index}`,
    metadata: ofCells[index] ?? {},
    outputs: [],
    source,
  }))
  const metadata = { kernelspec: { display_name: kernel, language, name: kernel } }
  const path = join(freshDirectory(), name)
  writeFileSync(path, JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1))
  return path
}

/** The objects of JSON lines. */
export const jsonLines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** Cells of an HTML notebook run without an interpreter, and so fast. */
export const html = { kernel: 'html', language: 'html' }
