import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createMachine } from 'xstate'
import { artefactName, machineArtefacts } from '../../src/stately/artefacts.js'
import { runStately } from '../../src/stately/run-stately.js'
import { lampMachine } from './sample-machines.js'

let directory: string
let printed: string[]
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stately-'))
  printed = []
})
afterEach(() => rm(directory, { recursive: true }))

function run(
  commandLine: readonly string[],
  machines: Record<string, unknown> = { lampMachine },
): Promise<number> {
  return runStately(commandLine, { machines, directory, print: (line) => void printed.push(line) })
}

test('writes four files per machine, and then finds them fresh', async () => {
  expect(await run(['--check'])).toBe(1)
  expect(await run([])).toBe(0)
  expect((await readdir(directory)).sort()).toEqual([
    'lamp.layout.json',
    'lamp.machine.json',
    'lamp.mmd',
    'lamp.svg',
  ])
  printed.length = 0
  expect(await run(['--check'])).toBe(0)
  expect(printed).toEqual(['4 files are fresh.'])
})

test('--check names what is stale and writes nothing', async () => {
  await run([])
  await writeFile(join(directory, 'lamp.svg'), 'old')
  printed.length = 0
  expect(await run(['--check'])).toBe(1)
  expect(await run(['--check'])).toBe(1)
  expect(printed.slice(0, 2)).toEqual(['stale: stately/lamp.svg', 'Run `npm run stately` and commit.'])
})

test('a transition that is taken out of a machine makes all its files stale', async () => {
  await run([])
  const states = { off: { on: { press: 'on' } }, on: {} }
  const changed = createMachine({ id: 'lamp', context: { watts: 5 }, initial: 'off', states })
  printed.length = 0
  expect(await run(['--check'], { lampMachine: changed })).toBe(1)
  expect(printed.slice(0, 4)).toEqual([
    'stale: stately/lamp.machine.json',
    'stale: stately/lamp.svg',
    'stale: stately/lamp.mmd',
    'stale: stately/lamp.layout.json',
  ])
})

test('removes the files of a machine that is gone and leaves other files alone', async () => {
  await run([], { lampMachine, deskLampMachine: lampMachine })
  await writeFile(join(directory, 'README.md'), 'kept')
  expect(await run(['--check'])).toBe(1)
  await run([])
  expect((await readdir(directory)).sort()).toEqual([
    'README.md',
    'lamp.layout.json',
    'lamp.machine.json',
    'lamp.mmd',
    'lamp.svg',
  ])
})

test('refuses an argument that it does not know', async () => {
  expect(await run(['--chek'])).toBe(2)
  expect(printed).toEqual(['Unknown argument "--chek". Usage: npm run stately [-- --check]'])
  expect(await readdir(directory)).toEqual([])
})

test('reads only exports that are named Machine, and refuses one that is none', async () => {
  expect(await machineArtefacts({ helper: () => 1 })).toEqual([])
  await expect(machineArtefacts({ fakeMachine: 1 })).rejects.toThrow(
    '"fakeMachine" is named like a state machine',
  )
  expect(artefactName('deskLampMachine')).toBe('desk-lamp')
})
