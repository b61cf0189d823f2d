import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chartLayoutJson } from './chart-layout.js'
import type { StateDefinition } from './machine-definition.js'
import { machineGraph } from './machine-graph.js'
import { machineToJson, type MachineLike } from './machine-json.js'
import { layoutMachine } from './machine-layout.js'
import { machineMermaid } from './machine-mermaid.js'
import { machineSvg } from './machine-svg.js'

const suffixes = ['.machine.json', '.svg', '.mmd', '.layout.json']

/** One generated file. */
export interface Artefact {
  /** File name without a folder, such as `agent.svg`. */
  readonly file: string
  readonly text: string
}

/**
 * Generates the artefacts of every machine among the exports of a module: each export whose name ends
 * with `Machine`. `agentMachine` gives `agent.machine.json`, `agent.svg`,
 * `agent.mmd` and `agent.layout.json`.
 *
 * @throws Error when such an export is not a machine.
 */
export async function machineArtefacts(exports: Readonly<Record<string, unknown>>): Promise<Artefact[]> {
  const names = Object.keys(exports).filter((name) => name.endsWith('Machine'))
  const artefacts = await Promise.all(names.sort().map((name) => artefactsOf(name, exports[name])))
  return artefacts.flat()
}

/**
 * Names the files of a folder that do not match their machines: changed, missing, or left over from a machine
 * that is gone. A missing folder counts as an empty one.
 */
export async function staleFiles(artefacts: readonly Artefact[], directory: string): Promise<string[]> {
  const checked = await Promise.all(
    artefacts.map(async ({ file, text }) => ((await readText(join(directory, file))) === text ? [] : [file])),
  )
  return [...checked.flat(), ...(await leftOvers(artefacts, directory))]
}

/** Writes what is stale, removes what is left over, and returns the names of both. */
export async function refreshFiles(artefacts: readonly Artefact[], directory: string): Promise<string[]> {
  const stale = await staleFiles(artefacts, directory)
  const texts = new Map(artefacts.map(({ file, text }) => [file, text]))
  await mkdir(directory, { recursive: true })
  for (const file of stale) {
    const text = texts.get(file)
    if (text === undefined) await rm(join(directory, file))
    else await writeFile(join(directory, file), text)
  }
  return stale
}

/** The name of the artefacts of an exported machine: `agentMachine` becomes `agent`. */
export function artefactName(exportName: string): string {
  const name = exportName.replace(/Machine$/, '')
  return name.replace(/[A-Z]/g, (letter, index) => `${index === 0 ? '' : '-'}${letter.toLowerCase()}`)
}

async function artefactsOf(exportName: string, value: unknown): Promise<Artefact[]> {
  if (!isMachine(value)) {
    throw new Error(
      `The export "${exportName}" is named like a state machine but has no config. ` +
        'Export a machine of createMachine() under that name, or give the export another name.',
    )
  }
  const name = artefactName(exportName)
  const json = machineToJson(value)
  const definition = JSON.parse(json) as StateDefinition
  const graph = machineGraph(definition)
  return [
    { file: `${name}.machine.json`, text: json },
    { file: `${name}.svg`, text: machineSvg(await layoutMachine(graph)) },
    { file: `${name}.mmd`, text: machineMermaid(graph) },
    { file: `${name}.layout.json`, text: await chartLayoutJson(definition) },
  ]
}

function isMachine(value: unknown): value is MachineLike {
  return typeof value === 'object' && value !== null && 'config' in value && typeof value.config === 'object'
}

async function leftOvers(artefacts: readonly Artefact[], directory: string): Promise<string[]> {
  const current = new Set(artefacts.map(({ file }) => file))
  const present = new Set(await listFiles(directory))
  return [...present]
    .filter((file) => file.endsWith('.machine.json') && !current.has(file))
    .map((file) => file.replace(/\.machine\.json$/, ''))
    .flatMap((name) => suffixes.map((suffix) => `${name}${suffix}`))
    .filter((file) => present.has(file))
}

async function listFiles(directory: string): Promise<string[]> {
  return readdir(directory).catch(ifMissing([]))
}

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(ifMissing(undefined))
}

function ifMissing<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return value
    throw error
  }
}
