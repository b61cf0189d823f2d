import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { killAfter, startChild, type Child } from './child.js'
import { atMost, exactly, isTrue, type Check } from './finding.js'
import { createRandom } from './random.js'
import type { RunChildOptions, RunReport } from './run-child.js'
import { withTemporaryDirectory } from './temporary-directory.js'

/** Processes that are killed one after the other on the same directory before a last one runs to the end. */
const killsPerDirectory = 10
const cells = 50
const quickCells = 12
/** One kill in five comes while the process loads, opens the store or recovers; milliseconds after its start. */
const earlyKills = { share: 0.2, withinMs: 2_500 } as const
/** Milliseconds after an acknowledged end: long enough for the claim, the run and the end of the next one. */
const afterEndMs = 40
/** From the opening of the store to a correct state: the requirement, for the median. */
const recoveryLimitMs = 2_000
/** Most processor time of one recovery, in medians of all: what a kill left must not make it another kind of work. */
const slowestRecoveryRatio = 4

/** What is known about one directory when its last process has ended. */
export interface Aftermath {
  readonly kills: number
  readonly acknowledgedRequests: readonly string[]
  readonly acknowledgedEnds: ReadonlyMap<string, string>
  readonly sideEffects: readonly string[]
  readonly recoveries: readonly Extract<RunReport, { event: 'recovered' }>[]
  readonly final: Extract<RunReport, { event: 'final' }>
}

/** `kill -9` at random moments of a run, and restarts on what it left. */
export const killProcess: Check = async ({ rounds, seed, quick }) => {
  const random = createRandom(seed)
  const perDirectory = quick ? rounds : killsPerDirectory
  const aftermaths: Aftermath[] = []
  for (let done = 0; done < rounds; done += perDirectory) {
    const kills = Math.min(perDirectory, rounds - done)
    aftermaths.push(
      await withTemporaryDirectory((directory) =>
        killRepeatedly(directory, kills, quick ? quickCells : cells, random),
      ),
    )
  }
  return judge(aftermaths, quick)
}

async function killRepeatedly(
  directory: string,
  kills: number,
  cells: number,
  random: () => number,
): Promise<Aftermath> {
  const sideEffects = join(directory, 'side-effects.txt')
  const reports: RunReport[] = []
  const start = (batch: string, end: boolean) => {
    const options: RunChildOptions = { directory, sideEffects, batch, cells, end }
    return startChild<RunReport>('run-child.js', options)
  }
  for (let kill = 0; kill < kills; kill++) {
    const child = start(`k${kill}`, false)
    await killSometime(child, random)
    reports.push(...child.reports)
  }
  const last = start('last', true)
  const final = await last.until('final')
  await last.ended
  reports.push(...last.reports)
  return { kills, final, ...acknowledged(reports), sideEffects: linesOf(sideEffects) }
}

async function killSometime(child: Child<RunReport>, random: () => number): Promise<void> {
  if (random() < earlyKills.share) return killAfter(child, random() * earlyKills.withinMs)
  const { waiting } = await child.until('requested')
  const ends = Math.floor(random() * waiting)
  await child.untilCount('finished', ends)
  await killAfter(child, random() * afterEndMs)
}

/** What processes said before they were killed. */
export function acknowledged(
  reports: readonly RunReport[],
): Pick<Aftermath, 'acknowledgedRequests' | 'acknowledgedEnds' | 'recoveries'> {
  return {
    acknowledgedRequests: reports.flatMap((report) => (report.event === 'requested' ? report.ids : [])),
    acknowledgedEnds: new Map(
      reports.flatMap((report) => (report.event === 'finished' ? [[report.id, report.outcome]] : [])),
    ),
    recoveries: reports.filter((report) => report.event === 'recovered'),
  }
}

export const linesOf = (path: string) =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []

function judge(aftermaths: readonly Aftermath[], quick: boolean) {
  const total = (count: (aftermath: Aftermath) => number) =>
    aftermaths.reduce((sum, aftermath) => sum + count(aftermath), 0)
  const kills = total((aftermath) => aftermath.kills)
  const recoveries = aftermaths.flatMap((aftermath) => aftermath.recoveries)
  const sorted = (time: (recovery: (typeof recoveries)[number]) => number) =>
    recoveries.map(time).toSorted((left, right) => left - right)
  const wall = sorted(({ afterOpenMs }) => afterOpenMs)
  const medianWall = medianOf(wall)
  const cpu = sorted(({ cpuMs }) => cpuMs)
  const lost = total(({ final }) => final.rows.filter(isLost).length)
  return [
    exactly('kill.executionsLost', total(countForgotten), 0),
    exactly('kill.runTwice', total(countTwice), 0),
    exactly('kill.nonTerminal', total(countOpen), 0),
    exactly('kill.acknowledgedEndLost', total(countContradicted), 0),
    exactly('kill.completedWithoutRunOrOutput', total(countUnproven), 0),
    isTrue('kill.endedAsLost', lost <= kills, `<= ${kills} kills, each with its reason`, lost),
    exactly('kill.lostWithoutReason', total(countUnexplained), 0),
    exactly('kill.sessionsWithoutReason', total(countSilentSessions), 0),
    exactly(
      'kill.wrongAfterRecovery',
      recoveries.reduce((sum, { wrong }) => sum + wrong, 0),
      0,
    ),
    quick
      ? isTrue('kill.recoveryMs', true, 'figure', Math.round(medianWall))
      : atMost('kill.recoveryMs', medianWall, recoveryLimitMs),
    atMost('kill.slowestRecoveryCpuRatio', (cpu.at(-1) ?? Number.NaN) / medianOf(cpu), slowestRecoveryRatio),
    isTrue('kill.slowestRecoveryMs', true, 'figure', Math.round(wall.at(-1) ?? 0)),
    isTrue(
      'kill.executions',
      true,
      'figure',
      total(({ final }) => final.rows.length),
    ),
  ]
}

const medianOf = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN

const isLost = ({ status, error }: { status: string; error: string | null }) =>
  status === 'failed' && error !== null && error.startsWith('lost: ')

export function countForgotten({ acknowledgedRequests, final }: Aftermath): number {
  const known = new Set(final.rows.map(({ id }) => id))
  return acknowledgedRequests.filter((id) => !known.has(id)).length
}

export function countTwice({ sideEffects }: Aftermath): number {
  return sideEffects.length - new Set(sideEffects).size
}

export function countOpen({ final }: Aftermath): number {
  const ended = ['completed', 'failed', 'cancelled']
  return final.rows.filter(({ status }) => !ended.includes(status)).length
}

function countContradicted({ acknowledgedEnds, final }: Aftermath): number {
  return final.rows.filter(
    ({ id, status }) => acknowledgedEnds.get(id) === 'succeeded' && status !== 'completed',
  ).length
}

function countUnproven({ sideEffects, final }: Aftermath): number {
  const ran = new Set(sideEffects)
  const unproven = final.rows.filter(({ id, status }) => status === 'completed' && !ran.has(id))
  return unproven.length + final.withoutOutput
}

/** Everything that did not complete must have been running when its process was killed. */
function countUnexplained({ final }: Aftermath): number {
  return final.rows.filter((row) => row.status !== 'completed' && !isLost(row)).length
}

function countSilentSessions({ final }: Aftermath): number {
  return final.sessions.filter(({ isActive, reason }) => isActive || !reason).length
}
