import { statSync } from 'node:fs'
import { cutNotes } from '../../src/cli/run/cut-notes.js'
import { exitCode } from '../../src/cli/exit-code.js'
import { claimedFiles } from './claimed-files.js'
import type { CaseRun, ToldEvent } from './run-case.js'
import { codeSources, type OutputSum, toldOutputs, writtenOutputs } from './told-outputs.js'

/** What must never happen, or what was not expected. */
export interface CaseProblem {
  readonly kind: 'hang' | 'crash' | 'silentLoss' | 'unexpected'
  readonly text: string
}

/** How one notebook ended. */
export interface CaseVerdict {
  readonly notebook: string
  /** `succeeded`, `failed`, `refused`, `broke`, `interrupted`, `hung` or `crashed`. */
  readonly ended: string
  readonly exitCode: number | null
  readonly durationMs: number
  /** How each cell ended, in order: `succeeded`, `failed`, `timedOut` … */
  readonly cells: readonly string[]
  /** Why it did not end well, in the program's words. */
  readonly reason: string | undefined
  /** What was cut or left out of the outputs, in the notes' own words. */
  readonly cut: readonly string[]
  /** Files that cells which succeeded said they wrote, and that are not there. */
  readonly missingFiles: readonly string[]
  readonly warnings: readonly string[]
  readonly problems: readonly CaseProblem[]
}

const endings: ReadonlyMap<number | null, string> = new Map([
  [exitCode.ok, 'succeeded'],
  [exitCode.cellFailed, 'failed'],
  [exitCode.usage, 'refused'],
  [exitCode.runtimeFailed, 'broke'],
  [exitCode.interrupted, 'interrupted'],
])

const stackTrace = /^ {4}at .+:\d+:\d+\)?$|Unhandled rejection|UnhandledPromiseRejection/m

/** Judges a run by what it told, what it wrote and how it ended; needs no knowledge of the notebook. */
export function judgeCase(run: CaseRun): CaseVerdict {
  const last = run.events.findLast(({ event }) => event === 'run.finished' || event === 'error')
  const reason = last?.['reason'] ?? last?.['message']
  const cut = cutOf(run)
  const missingFiles = missingFilesOf(run)
  const problems = [...hangOf(run), ...crashOf(run, last, reason), ...lossesOf(run, last, cut, missingFiles)]
  return {
    notebook: run.name,
    ended: endingOf(run, problems),
    exitCode: run.exitCode,
    durationMs: run.durationMs,
    cells: finishedCells(run).map(({ outcome }) => String(outcome)),
    reason: typeof reason === 'string' ? reason : undefined,
    cut,
    missingFiles,
    warnings: warningsOf(run),
    problems,
  }
}

function endingOf({ exitCode: code }: CaseRun, problems: readonly CaseProblem[]): string {
  if (problems.some(({ kind }) => kind === 'hang')) return 'hung'
  if (problems.some(({ kind }) => kind === 'crash')) return 'crashed'
  return endings.get(code) ?? 'crashed'
}

function hangOf({ isOverLimit, durationMs, events }: CaseRun): CaseProblem[] {
  if (!isOverLimit) return []
  const running = events.findLast(({ event }) => event === 'cell.started')
  const where = running === undefined ? 'before a cell ran' : `in cell [${String(running['executionCount'])}]`
  return [{ kind: 'hang', text: `still there after ${Math.round(durationMs / 1000)} s, ${where}` }]
}

function crashOf(run: CaseRun, last: ToldEvent | undefined, reason: unknown): CaseProblem[] {
  if (run.isOverLimit) return []
  const crash = (text: string): CaseProblem => ({ kind: 'crash', text })
  const trace = stackTrace.exec(run.stderr)?.[0].trim()
  return [
    ...(run.signal === null ? [] : [crash(`ended by ${run.signal}`)]),
    ...(endings.has(run.exitCode) ? [] : [crash(`the exit code ${run.exitCode} means nothing`)]),
    ...(last === undefined ? [crash('did not say how it ended')] : []),
    ...(run.exitCode !== exitCode.ok && last && typeof reason !== 'string' ? [crash('gave no reason')] : []),
    ...(trace === undefined ? [] : [crash(`showed a stack trace: ${trace}`)]),
    ...(run.strayLines.length === 0 ? [] : [crash(`a line is not JSON: ${run.strayLines[0]?.slice(0, 80)}`)]),
  ]
}

function lossesOf(
  run: CaseRun,
  last: ToldEvent | undefined,
  cut: readonly string[],
  missingFiles: readonly string[],
): CaseProblem[] {
  const said = run.exitCode !== exitCode.ok
  const losses = [
    ...(said ? [] : [...cut.map((note) => `cut: ${note}`), ...missingFiles.map((path) => `no file ${path}`)]),
    ...(last?.['event'] === 'run.finished' ? documentLosses(run, last) : []),
  ]
  return losses.map((text) => ({ kind: 'silentLoss', text }))
}

/** What was shown and does not stand in the executed notebook, or in the one made from the record. */
function documentLosses(run: CaseRun, last: ToldEvent): string[] {
  if (run.exitCode === exitCode.runtimeFailed && last['out'] === null) return []
  if (run.executed === undefined) return ['the executed notebook was not written']
  if (run.exported === undefined) return ['the record cannot be exported']
  return [
    ...differences(run, run.executed, 'the executed notebook'),
    ...differences(run, run.exported, 'the record'),
  ]
}

function differences({ events }: CaseRun, notebook: string, where: string): string[] {
  const written = readOutputs(notebook)
  if (written === undefined) return [`${where} is not JSON`]
  return [...toldOutputs(events)].flatMap(([cellId, told]) => {
    const found = written.get(cellId)
    if (told === undefined) return []
    return found === undefined
      ? [`${where} has no cell ${cellId}`]
      : lacking(told, found, `${where}, ${cellId}`)
  })
}

function readOutputs(notebook: string): ReturnType<typeof writtenOutputs> | undefined {
  try {
    return writtenOutputs(notebook)
  } catch {
    return undefined
  }
}

function lacking(told: OutputSum, found: OutputSum, where: string): string[] {
  return [
    ...(told.text.length > found.text.length
      ? [`${where}: ${told.text.length - found.text.length} characters of ${told.text.length} are missing`]
      : []),
    ...(told.displays > found.displays
      ? [`${where}: ${told.displays - found.displays} displays are missing`]
      : []),
    ...(told.errors > found.errors ? [`${where}: an error is missing`] : []),
  ]
}

function cutOf({ events, executed }: CaseRun): string[] {
  const told = events
    .filter(({ event }) => event === 'output')
    .map((event) => JSON.stringify(event['output']))
  return [...new Set([...told, executed ?? ''].flatMap((text) => cutNotes(text)))]
}

function missingFilesOf({ folder, source, events, startedAt }: CaseRun): string[] {
  const succeeded = finishedCells({ events }).filter(({ outcome }) => outcome === 'succeeded')
  if (succeeded.length === 0) return []
  const sources = codeSources(source)
  return succeeded
    .flatMap(({ number }) => claimedFiles(sources.get(Number(number)) ?? '', folder))
    .filter((path) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < startedAt - 2_000)
}

function warningsOf({ events, stderr }: CaseRun): string[] {
  const told = events.filter(({ event }) => event === 'run.warning').map((event) => String(event['message']))
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('error: '))
  return [...told, ...lines.slice(0, 3)]
}

const finishedCells = ({ events }: Pick<CaseRun, 'events'>) =>
  events.filter(({ event }) => event === 'cell.finished')
