/**
 * Frame times of a page with 100 agents that make 50 transitions a second, against the same page without agents, in turns in one
 * Chromium. The agents follow external runtimes and write nothing, so that hooks and machines are measured; as a figure also agents
 * that record each transition in a store of the page's own thread, which costs a LiveStore commit each. Prints one line per figure, `ok` or `MISS`; `--json` adds one object as the last line; exits with 1 on a miss.
 * `--rows N`, `--seconds N` per page, `--rounds N`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { build, preview } from 'vite'
import { launchChromium } from '../../support/chromium.js'
import { round } from '../measure.js'
import type { FrameFigures } from './figures.js'

/** One frame at 60 Hz. */
const frameMs = 16.7
/** What a slower machine may take, compared with the page without agents. */
const slowMachineRatio = 1.5

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rows: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
  },
})

const source = fileURLToPath(new URL('../../../../test/bench/frames/', import.meta.url))
const outDir = mkdtempSync(join(tmpdir(), 'frames-'))
const plain: FrameFigures[] = []
const live: FrameFigures[] = []
const recording: FrameFigures[] = []
const browser = await launchChromium()
try {
  const files = { root: source, logLevel: 'error', configFile: false } as const
  await build({
    ...files,
    base: './',
    resolve: { alias: { 'react-dom/client': 'react-dom/profiling' } },
    build: { outDir, emptyOutDir: true, target: 'es2022' },
  })
  const server = await preview({ ...files, build: { outDir }, preview: { port: 0, host: '127.0.0.1' } })
  const address = server.resolvedUrls?.local[0] ?? ''
  for (let index = 0; index < Number(values.rounds); index++) {
    plain.push(await measure(await browser.newPage(), address, 'none'))
    live.push(await measure(await browser.newPage(), address, 'external'))
    recording.push(await measure(await browser.newPage(), address, 'local'))
  }
  await server.close()
} finally {
  await browser.close()
  rmSync(outDir, { recursive: true, force: true })
}

async function measure(
  page: Page,
  address: string,
  agents: 'none' | 'external' | 'local',
): Promise<FrameFigures> {
  await page.goto(`${address}?rows=${values.rows}&seconds=${values.seconds}&agents=${agents}`)
  await page.waitForFunction('document.querySelectorAll("li").length > 0', null, { timeout: 180_000 })
  const figures = await page.evaluate<FrameFigures>('measure()')
  await page.close()
  return figures
}

const p95 = (rounds: readonly FrameFigures[]) => {
  const sorted = rounds.flatMap(({ frames }) => frames).toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN
}
const worst = (of: (figures: FrameFigures) => number) => Math.max(...live.map(of))

const figures = {
  p95Ms: round(p95(live)),
  p95WithoutAgentsMs: round(p95(plain)),
  p95Ratio: round(p95(live) / p95(plain)),
  recordingP95Ms: round(p95(recording)),
  transitionsPerSecond: round(Math.min(...live.map((one) => one.transitionsPerSecond))),
  rowsTouched: worst((one) => one.rowsTouched),
  rowsRenderedUntouched: worst((one) => one.rowsRenderedUntouched),
  rendersPerTransition: round(worst((one) => one.rendersPerTransition)),
}
const isSmooth = figures.p95Ms <= frameMs || figures.p95Ratio <= slowMachineRatio
const checks: readonly [name: string, figure: unknown, target: string, holds: boolean][] = [
  ['p95Ms', figures.p95Ms, `<= ${frameMs}, or <= ${slowMachineRatio} x without agents`, isSmooth],
  ['p95WithoutAgentsMs', figures.p95WithoutAgentsMs, 'figure', true],
  ['recordingP95Ms', figures.recordingP95Ms, 'figure', true],
  [
    'transitionsPerSecond',
    figures.transitionsPerSecond,
    '>= 45 of 50 asked for',
    figures.transitionsPerSecond >= 45,
  ],
  ['rowsRenderedUntouched', figures.rowsRenderedUntouched, '= 0', figures.rowsRenderedUntouched === 0],
  ['rendersPerTransition', figures.rendersPerTransition, '<= 1', figures.rendersPerTransition <= 1],
]
for (const [name, figure, target, holds] of checks) {
  console.log(`${holds ? 'ok  ' : 'MISS'} ${name.padEnd(22)} ${String(figure).padEnd(10)} target ${target}`)
}
const ok = checks.every(([, , , holds]) => holds)
if (values.json) console.log(JSON.stringify({ ok, ...figures }))
process.exit(ok ? 0 : 1)
