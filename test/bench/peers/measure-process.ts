import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'

/** What a program and everything that it started cost. */
export interface ProcessCost {
  readonly wallMs: number
  readonly cpuMs: number
  /** The most that its processes had in memory at one look, one look every 50 ms. */
  readonly megabytes: number
}

const lookMs = 50

/** Runs a program to its end. Throws when it fails, with what it said. */
export async function measureProcess([command = '', ...words]: readonly string[]): Promise<ProcessCost> {
  const startedAt = performance.now()
  const timed = 'TIMEFORMAT="%U %S"; time "$@" 2>&3 >&3'
  const child = spawn('bash', ['-c', timed, 'bash', command, ...words], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  let times = ''
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (times += chunk.toString()))
  child.stdio[3]?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  let peak = 0
  const look = setInterval(() => (peak = Math.max(peak, residentBytes(child.pid as number))), lookMs)
  const [code] = (await once(child, 'close')) as [number]
  clearInterval(look)
  if (code !== 0) throw new Error(`${command} ${words.join(' ')} ended with ${code}: ${said}`)
  const [user = 0, system = 0] = times.trim().split(' ').map(Number)
  return {
    wallMs: performance.now() - startedAt,
    cpuMs: (user + system) * 1_000,
    megabytes: Math.round(peak / 1024 / 1024),
  }
}

/** Bytes in memory of a process and of all below it; pages that they share count for each. */
function residentBytes(root: number): number {
  const parents = new Map(processes().map(({ pid, parent, bytes }) => [pid, { parent, bytes }]))
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid)?.parent
    return pid === root || (parent !== undefined && isBelow(parent))
  }
  return [...parents].filter(([pid]) => isBelow(pid)).reduce((sum, [, { bytes }]) => sum + bytes, 0)
}

function processes(): { pid: number; parent: number; bytes: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/status`, 'utf8')
        const number = (field: string) =>
          Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
        return [{ pid: Number(name), parent: number('PPid'), bytes: number('VmRSS') * 1024 }]
      } catch {
        return []
      }
    })
}
