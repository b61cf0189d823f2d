import { join } from 'node:path'
import { startChild } from './child.js'
import { atMost, exactly, isTrue, type Check } from './finding.js'
import { acknowledged, countForgotten, countOpen, countTwice, linesOf, type Aftermath } from './kill.check.js'
import type { RunChildOptions, RunReport } from './run-child.js'
import { withTemporaryDirectory } from './temporary-directory.js'

const hourMs = 3_600_000
/** No cell of the run takes this long; a duration beyond it was made by the clock. */
const longestCellMs = 60_000
const cells = 30

/** The wall clock set forward and back by an hour in the middle of a run, and between a kill and the restart. */
export const setWallClock: Check = ({ quick }) =>
  withTemporaryDirectory(async (directory) => {
    const through = await runThrough(join(directory, 'through'))
    const restarted = quick ? [] : [await killAndRestart(join(directory, 'restarted'))]
    const all = [through, ...restarted]
    const total = (count: (aftermath: Aftermath) => number) =>
      all.reduce((sum, aftermath) => sum + count(aftermath), 0)
    const durations = all.flatMap(({ final }) => final.rows.map(({ durationMs }) => durationMs ?? 0))
    return [
      isTrue(
        'clock.sessionsOfOneRun',
        through.final.sessions.length === 1 && through.final.sessions[0]?.reason === 'shutdown',
        'one, ended by its shutdown',
        through.final.sessions.map(({ reason }) => reason),
      ),
      exactly('clock.runTwice', total(countTwice), 0),
      exactly('clock.executionsLost', total(countForgotten), 0),
      exactly('clock.nonTerminal', total(countOpen), 0),
      isTrue('clock.shortestDurationMs', Math.min(...durations) >= 0, '>= 0', Math.min(...durations)),
      atMost('clock.longestDurationMs', Math.max(...durations), longestCellMs),
      exactly(
        'clock.activeSessions',
        total(({ final }) => final.sessions.filter(isActive).length),
        0,
      ),
    ]
  })

const isActive = (session: { readonly isActive: boolean }) => session.isActive

async function runThrough(directory: string): Promise<Aftermath> {
  const jumps = [
    { at: 5, offsetMs: hourMs },
    { at: 12, offsetMs: 0 },
    { at: 20, offsetMs: -hourMs },
  ]
  return runLast(directory, 'through', jumps, [])
}

/** The first process dies an hour ahead, so its session looks valid to the second one for long. */
async function killAndRestart(directory: string): Promise<Aftermath> {
  const first = startRun(directory, 'first', false, [{ at: 3, offsetMs: hourMs }])
  await first.untilCount('finished', 10)
  await first.kill()
  return runLast(directory, 'second', [{ at: 0, offsetMs: -hourMs }], first.reports)
}

async function runLast(
  directory: string,
  batch: string,
  clock: NonNullable<RunChildOptions['clock']>,
  earlier: readonly RunReport[],
): Promise<Aftermath> {
  const child = startRun(directory, batch, true, clock)
  const final = await child.until('final')
  await child.ended
  const kills = earlier.length > 0 ? 1 : 0
  return {
    kills,
    final,
    ...acknowledged([...earlier, ...child.reports]),
    sideEffects: linesOf(`${directory}.txt`),
  }
}

function startRun(
  directory: string,
  batch: string,
  end: boolean,
  clock: NonNullable<RunChildOptions['clock']>,
) {
  const options: RunChildOptions = { directory, sideEffects: `${directory}.txt`, batch, cells, end, clock }
  return startChild<RunReport>('run-child.js', options)
}
