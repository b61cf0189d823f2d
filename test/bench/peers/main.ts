/**
 * Runs the same notebooks of trivial Python cells through this project and through `jupyter nbconvert --execute`, side by side, and
 * compares the start, each further cell (time and processor time) and the memory. Where Jupyter is not installed (on Debian:
 * jupyter-nbconvert and python3-ipykernel), only the figures of this project are printed.
 *
 * `--cells N,N,…` the sizes of the notebooks, the smallest counts as the start (default 5,100,500,3000); `--json` adds one object as the
 * last line. Exits with 1 when a run fails, not when a ratio is poor. Needs Linux: time and memory are read from `/proc`.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { withTemporaryDirectory } from '../../faults/temporary-directory.js'
import { round, timed } from '../measure.js'
import { measureProcess, type ProcessCost } from './measure-process.js'
import { insertRows } from './raw-inserts.js'
import { writeNotebook } from './trivial-notebook.js'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    cells: { type: 'string', default: '5,100,500,3000' },
  },
})
const sizes = values.cells.split(',').map(Number)
const program = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url))

const peers = {
  project: (notebook: string, out: string) => [
    process.execPath,
    program,
    'run',
    notebook,
    '--out',
    out,
    '--quiet',
  ],
  jupyter: (notebook: string, out: string) => [
    'jupyter',
    'nbconvert',
    '--to',
    'notebook',
    '--execute',
    '--log-level=ERROR',
    '--output',
    out,
    notebook,
  ],
}
type Peer = keyof typeof peers

const chosen: readonly Peer[] = hasJupyter() ? ['project', 'jupyter'] : ['project']
const costs = new Map<string, ProcessCost>()
const costOf = (peer: Peer, cells: number) => costs.get(`${peer} ${cells}`) as ProcessCost

await withTemporaryDirectory(async (directory) => {
  for (const cells of sizes) {
    const notebook = writeNotebook(directory, cells)
    for (const peer of chosen) {
      const cost = await measureProcess(peers[peer](notebook, join(directory, `${peer}.ipynb`)))
      costs.set(`${peer} ${cells}`, cost)
      const [wall, cpu] = [cost.wallMs, cost.cpuMs].map((ms) => `${(ms / 1_000).toFixed(2)} s`)
      console.log(
        `${peer.padEnd(8)} ${String(cells).padStart(5)} cells  ${wall}  CPU ${cpu}  ${cost.megabytes} MB`,
      )
    }
  }
})

const [start = 0] = sizes
const figures = {
  start: ofPeers(({ wallMs }) => wallMs, start),
  startCpu: ofPeers(({ cpuMs }) => cpuMs, start),
  perCellMs: perSize(({ wallMs }) => wallMs),
  perCellCpuMs: perSize(({ cpuMs }) => cpuMs),
  megabytes: Object.fromEntries(sizes.map((cells) => [cells, ofPeers(({ megabytes }) => megabytes, cells)])),
  rawInsertMsPerCell: round((await timed(() => insertRows(1_000))) / 1_000, 3),
}
for (const [name, figure] of Object.entries(figures))
  console.log(`${name.padEnd(19)} ${JSON.stringify(figure)}`)
if (values.json) console.log(JSON.stringify({ jupyter: chosen.includes('jupyter'), ...figures }))

function hasJupyter(): boolean {
  try {
    execFileSync('jupyter', ['nbconvert', '--version'], { stdio: 'ignore' })
    return true
  } catch {
    console.log('Jupyter is not installed: apt install jupyter-nbconvert python3-ipykernel')
    return false
  }
}

/** What each peer costs, and how many times Jupyter's that is. */
function ofPeers(figure: (cost: ProcessCost) => number, cells: number) {
  return compare((peer) => figure(costOf(peer, cells)))
}

/** What each cell beyond the smallest notebook costs. */
function perSize(figure: (cost: ProcessCost) => number) {
  const further = (peer: Peer, cells: number) =>
    (figure(costOf(peer, cells)) - figure(costOf(peer, start))) / (cells - start)
  return Object.fromEntries(sizes.slice(1).map((cells) => [cells, compare((peer) => further(peer, cells))]))
}

function compare(figure: (peer: Peer) => number): Record<string, number> {
  const each = Object.fromEntries(chosen.map((peer) => [peer, round(figure(peer))]))
  return chosen.includes('jupyter') ? { ...each, ratio: round(figure('project') / figure('jupyter')) } : each
}
