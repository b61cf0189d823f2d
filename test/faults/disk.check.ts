import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openNotebookStore, RegistryError } from '../../src/index.js'
import { fillerName } from './filler.js'
import { startChild, type Child } from './child.js'
import type { DiskChildOptions, DiskReport } from './disk-child.js'
import { atMost, exactly, isTrue, skipped, type Check, type Finding } from './finding.js'
import { withTemporaryDirectory } from './temporary-directory.js'

/** Room for a short run and for the reserve that a store keeps. */
const diskSize = '12m'
/** From the fault to a failed agent; the store's own patience is set to 2 s in the child. */
const noticeLimitMs = 10_000
/** Ends that were on their way to the disk when it was taken away. */
const lateAcknowledgements = 2
const storeCodes = ['storeDied', 'storeStalled']

/** A full disk, a read-only one, and a store whose files are deleted while it runs. */
export const loseDisk: Check = () =>
  withTemporaryDirectory(async (directory) => [
    ...(await withSmallDisk(join(directory, 'small'), fillDisk)),
    ...(await removeFiles(join(directory, 'removed'))),
  ])

const startDisk = (options: DiskChildOptions): Child<DiskReport> => startChild('disk-child.js', options)

async function withSmallDisk(
  directory: string,
  work: (directory: string) => Promise<Finding[]>,
): Promise<Finding[]> {
  mkdirSync(directory)
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${diskSize}`, 'faults', directory])
  if (mount.status !== 0) return [skipped('disk.full', 'mounting a small tmpfs needs root on Linux')]
  try {
    return await work(directory)
  } finally {
    spawnSync('umount', ['-l', directory])
  }
}

async function fillDisk(directory: string): Promise<Finding[]> {
  const child = startDisk({ directory, fault: 'full' })
  const findings = await describeFailure('disk.full', child)
  findings.push(await describeRefusal('disk.openOnFull', directory, 'no space is left'))
  rmSync(join(directory, fillerName))
  findings.push(...(await describeRecovery(directory, child.reports)))
  spawnSync('mount', ['-o', 'remount,ro', directory])
  findings.push(await describeRefusal('disk.openOnReadOnly', directory, 'read-only'))
  return findings
}

async function removeFiles(directory: string): Promise<Finding[]> {
  const child = startDisk({ directory, fault: 'removed' })
  return describeFailure('disk.removed', child)
}

async function describeFailure(name: string, child: Child<DiskReport>): Promise<Finding[]> {
  const noticed = await child.until('noticed')
  const closed = await child.until('closed')
  const exitCode = await child.ended
  const brokenAt = child.reports.findIndex(({ event }) => event === 'broken')
  const late = child.reports.slice(brokenAt).filter(({ event }) => event === 'finished').length
  return [
    isTrue(
      `${name}.failure`,
      noticed.failure !== undefined && storeCodes.includes(noticed.failure),
      storeCodes.join(' or '),
      `${noticed.state}, ${noticed.failure}: ${noticed.message.slice(0, 120)}`,
    ),
    atMost(`${name}.noticedMs`, noticed.afterMs, noticeLimitMs),
    atMost(`${name}.lateAcknowledgements`, late, lateAcknowledgements),
    isTrue(
      `${name}.processEnds`,
      exitCode === 0,
      'exit code 0',
      `${exitCode}, closed with ${closed.problem}`,
    ),
  ]
}

async function describeRecovery(directory: string, before: readonly DiskReport[]): Promise<Finding[]> {
  const child = startDisk({ directory, fault: 'recover' })
  const { rows } = await child.until('rows')
  await child.ended
  const status = new Map(rows.map((row) => [row.id, row.status]))
  const lostRequests = before
    .flatMap((report) => (report.event === 'requested' ? report.ids : []))
    .filter((id) => !status.has(id))
  const lostEnds = before.filter(
    (report) => report.event === 'finished' && status.get(report.id) !== 'completed',
  )
  return [
    exactly('disk.full.acknowledgedRequestsLost', lostRequests.length, 0),
    exactly('disk.full.acknowledgedEndsLost', lostEnds.length, 0),
  ]
}

async function describeRefusal(name: string, directory: string, reason: string): Promise<Finding> {
  const outcome = await openNotebookStore({ notebookId: 'refused', storage: { directory } }).then(
    () => 'opened',
    (error: unknown) => (RegistryError.is(error) ? error.message : String(error)),
  )
  const holds = outcome.includes('[STORE_UNAVAILABLE]') && outcome.includes(reason)
  return isTrue(name, holds, `STORE_UNAVAILABLE, ${reason}`, outcome)
}
