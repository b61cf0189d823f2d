import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startStudioServer } from '../../src/cli/studio/studio-server.js'
import { openInspectionEndpoint } from '../../src/inspection/index.js'
import { atMost, exactly, isTrue, type Finding } from '../faults/finding.js'
import { withTemporaryDirectory } from '../faults/temporary-directory.js'
import { createChoices } from './choices.js'
import { kinds, type Malformed, type Target } from './malformed-bytes.js'
import type { AttackOptions, Part } from './part.js'
import { sendBytes, type Answer } from './send-bytes.js'

/** Requests of a whole run, and of the shortest, for each server. */
const counts = { whole: 2_500, quick: 300 }

const atATime = 16

/** Stands in a file beside the folder that is served. */
const secret = 'not-to-be-served'

/** Malformed requests of every kind to the two servers: each is ended, none gets more than it may, and both serve on. */
export const requests: Part = {
  name: 'requests',
  run: async (options) => [...(await attackStudio(options)), ...(await attackEndpoint(options))],
}

const attackStudio = (options: AttackOptions) =>
  withTemporaryDirectory(async (place) => {
    const folder = join(place, 'page')
    mkdirSync(folder)
    writeFileSync(join(folder, 'index.html'), '<!doctype html>')
    writeFileSync(join(place, 'secret.txt'), secret)
    const server = await startStudioServer({ folder, port: 0, mayMove: true })
    const port = Number(new URL(server.url).port)
    const findings = await attack('studio', { port, query: '', path: '/', stream: undefined }, options)
    await server.close()
    return findings
  })

async function attackEndpoint(options: AttackOptions): Promise<Finding[]> {
  const endpoint = await openInspectionEndpoint()
  const { pathname, search } = new URL(endpoint.leanUrl)
  const target = { port: endpoint.port, query: search, path: '/', stream: pathname }
  const findings = await attack('endpoint', target, options)
  await endpoint.close()
  return findings
}

async function attack(name: string, target: Target, options: AttackOptions): Promise<Finding[]> {
  const count = options.rounds ?? (options.quick ? counts.quick : counts.whole)
  const before = process.memoryUsage().rss
  const answers = await sendAll(target, chooseAll(target, count, options.seed))
  const after = await sendBytes(target.port, wellFormed(target))
  const figure = (word: string) => `requests.${name}.${word}`
  const all = (isBad: (sent: Sent) => boolean) => answers.filter(isBad)
  return [
    exactly(figure('sent'), answers.length, count),
    exactly(figure('hung'), all(({ answer }) => answer.hung).length, 0),
    exactly(figure('failed'), all(({ answer }) => answer.status >= 500).length, 0),
    exactly(figure('leaked'), all(({ answer }) => answer.text.includes(secret)).length, 0),
    none(figure('letIn'), all(isLetIn)),
    atMost(figure('grownMegabytes'), (process.memoryUsage().rss - before) / 1e6, 300, 'MB'),
    exactly(figure('statusAfter'), after.status, 200),
  ]
}

interface Sent {
  readonly kind: string
  readonly malformed: Malformed
  readonly answer: Answer
}

const isLetIn = ({ malformed, answer }: Sent): boolean =>
  malformed.mustRefuse === true && answer.status > 0 && answer.status < 400

function none(name: string, found: readonly Sent[]): Finding {
  const shown = found.map(
    ({ kind, malformed, answer }) => `${kind} ${answer.status} ${malformed.bytes.toString('latin1', 0, 200)}`,
  )
  return isTrue(name, found.length === 0, 'none', shown.length === 0 ? 0 : shown.slice(0, 3))
}

function chooseAll(target: Target, count: number, seed: number): Omit<Sent, 'answer'>[] {
  const choices = createChoices(seed)
  const known = Object.entries(kinds)
  return Array.from({ length: count }, (_, index) => {
    const [kind, make] = known[index % known.length] as (typeof known)[number]
    return { kind, malformed: make(choices, target) }
  })
}

async function sendAll(target: Target, chosen: readonly Omit<Sent, 'answer'>[]): Promise<Sent[]> {
  const sent: Sent[] = []
  const rest = chosen.values()
  const work = async () => {
    for (const one of rest) sent.push({ ...one, answer: await sendBytes(target.port, one.malformed) })
  }
  await Promise.all(Array.from({ length: atATime }, work))
  return sent
}

const wellFormed = ({ port, path, query }: Target): Malformed => ({
  bytes: Buffer.from(`GET ${path}${query} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`),
})
